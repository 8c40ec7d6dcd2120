using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace UserManager.MySql;

/// <summary>Native memory of one value: of a parameter, or of a column of the row in hand. It does not move.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Slot
{
    // What most columns fit in; a longer one grows its buffer once and keeps it.
    private const int UsualText = 128;

    public nuint Length;
    public byte IsNull;
    private Time _fixed;                // also numbers: the widest of the fixed types
    private byte* _text;
    private nuint _capacity;

    /// <summary>Puts a value in, and says in <paramref name="bind"/> how the library is to read it.</summary>
    /// <returns>False when the bind is as it was.</returns>
    public static bool Write(Slot* slot, Bind* bind, object? value)
    {
        slot->IsNull = value is null or DBNull ? (byte)1 : (byte)0;
        if (slot->IsNull == 1)
            return bind->Buffer is null && Bound(bind, FieldType.VarString, unsigned: false, &slot->_fixed);

        switch (value)
        {
            case string text:
                return WriteText(slot, bind, text);
            case long or int or short or sbyte or byte or ushort or uint or bool:
                return WriteNumber(slot, bind, Convert.ToInt64(value, CultureInfo.InvariantCulture), unsigned: false);
            case ulong number:
                return WriteNumber(slot, bind, (long)number, unsigned: true);
            case double or float:
                *(double*)&slot->_fixed = Convert.ToDouble(value, CultureInfo.InvariantCulture);
                return Bound(bind, FieldType.Double, unsigned: false, &slot->_fixed);
            case byte[] octets:
                return WriteOctets(slot, bind, octets);
            case ReadOnlyMemory<byte> octets:
                return WriteOctets(slot, bind, octets.Span);
            case Memory<byte> octets:
                return WriteOctets(slot, bind, octets.Span);
            case ArraySegment<byte> octets:
                return WriteOctets(slot, bind, octets);
            case decimal number:
                return WriteText(slot, bind, number.ToString(CultureInfo.InvariantCulture));
            case DateTime moment:
                return WriteMoment(slot, bind, moment, FieldType.DateTime);
            case DateTimeOffset moment:
                return WriteMoment(slot, bind, moment.UtcDateTime, FieldType.DateTime);
            case DateOnly day:
                return WriteMoment(slot, bind, day.ToDateTime(default), FieldType.Date);
            case TimeSpan time:
                return WriteTime(slot, bind, time);
            case TimeOnly time:
                return WriteTime(slot, bind, time.ToTimeSpan());
            case Guid or char:
                return WriteText(slot, bind, value.ToString()!);
            case Enum:
                return WriteNumber(slot, bind, Convert.ToInt64(value, CultureInfo.InvariantCulture), unsigned: false);
            default:
                throw new NotSupportedException($"A value of the type {value!.GetType()} cannot be a parameter.");
        }
    }

    /// <summary>Gives a column its buffer.</summary>
    public static void Receive(Slot* slot, Bind* bind, in FieldInfo field)
    {
        bind->Length = &slot->Length;
        bind->IsNull = &slot->IsNull;
        switch (field.Type)
        {
            case FieldType.Tiny or FieldType.Short or FieldType.Int24 or FieldType.Long or FieldType.LongLong or FieldType.Year:
                Bound(bind, FieldType.LongLong, field.IsUnsigned(), &slot->_fixed);
                break;
            case FieldType.Float or FieldType.Double or FieldType.Date or FieldType.DateTime or FieldType.Timestamp or FieldType.Time:
                Bound(bind, field.Type, unsigned: false, &slot->_fixed);
                break;
            default:
                slot->Reserve(UsualText);
                Bound(bind, FieldType.Blob, unsigned: false, slot->_text);
                bind->BufferLength = slot->_capacity;
                break;
        }
    }

    /// <summary>Makes room for a column that did not fit.</summary>
    /// <returns>False when it did fit.</returns>
    public static bool Grow(Slot* slot, Bind* bind)
    {
        if (bind->Type != FieldType.Blob || slot->IsNull == 1 || slot->Length <= slot->_capacity)
            return false;

        slot->Reserve(slot->Length);
        bind->Buffer = slot->_text;
        bind->BufferLength = slot->_capacity;
        return true;
    }

    public readonly long Number
    {
        get
        {
            fixed (Time* value = &_fixed)
                return *(long*)value;
        }
    }

    public readonly double Double
    {
        get
        {
            fixed (Time* value = &_fixed)
                return *(double*)value;
        }
    }

    public readonly float Float
    {
        get
        {
            fixed (Time* value = &_fixed)
                return *(float*)value;
        }
    }

    public readonly Time Time => _fixed;

    public readonly ReadOnlySpan<byte> Octets => new(_text, (int)Length);

    public void Free()
    {
        NativeMemory.Free(_text);
        _text = null;
        _capacity = 0;
    }

    private void Reserve(nuint length)
    {
        if (_capacity >= length)
            return;

        _text = (byte*)NativeMemory.Realloc(_text, length);
        _capacity = length;
    }

    private static bool WriteNumber(Slot* slot, Bind* bind, long number, bool unsigned)
    {
        *(long*)&slot->_fixed = number;
        return Bound(bind, FieldType.LongLong, unsigned, &slot->_fixed);
    }

    private static bool WriteText(Slot* slot, Bind* bind, string text)
    {
        slot->Reserve(Math.Max((nuint)UsualText, (nuint)Encoding.UTF8.GetMaxByteCount(text.Length)));
        slot->Length = (nuint)Encoding.UTF8.GetBytes(text, new Span<byte>(slot->_text, (int)slot->_capacity));
        return Bound(bind, FieldType.VarString, unsigned: false, slot->_text);
    }

    private static bool WriteOctets(Slot* slot, Bind* bind, ReadOnlySpan<byte> octets)
    {
        slot->Reserve((nuint)Math.Max(UsualText, octets.Length));
        octets.CopyTo(new Span<byte>(slot->_text, octets.Length));
        slot->Length = (nuint)octets.Length;
        return Bound(bind, FieldType.Blob, unsigned: false, slot->_text);
    }

    private static bool WriteMoment(Slot* slot, Bind* bind, DateTime moment, FieldType type)
    {
        slot->_fixed = new Time
        {
            Year = (uint)moment.Year,
            Month = (uint)moment.Month,
            Day = (uint)moment.Day,
            Hour = (uint)moment.Hour,
            Minute = (uint)moment.Minute,
            Second = (uint)moment.Second,
            Fraction = (nuint)(moment.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond),
            Kind = type == FieldType.Date ? 1 : 2,
        };
        return Bound(bind, type, unsigned: false, &slot->_fixed);
    }

    private static bool WriteTime(Slot* slot, Bind* bind, TimeSpan time)
    {
        var length = time.Duration();
        slot->_fixed = new Time
        {
            Day = (uint)length.Days,
            Hour = (uint)length.Hours,
            Minute = (uint)length.Minutes,
            Second = (uint)length.Seconds,
            Fraction = (nuint)(length.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond),
            IsNegative = time < TimeSpan.Zero ? (byte)1 : (byte)0,
            Kind = 3,
        };
        return Bound(bind, FieldType.Time, unsigned: false, &slot->_fixed);
    }

    private static bool Bound(Bind* bind, FieldType type, bool unsigned, void* buffer)
    {
        var sign = unsigned ? (byte)1 : (byte)0;
        if (bind->Buffer == buffer && bind->Type == type && bind->IsUnsigned == sign)
            return false;

        (bind->Type, bind->IsUnsigned) = (type, sign);
        bind->Buffer = buffer;
        return true;
    }
}
