using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace UserManager.Contract.Tests;

/// <summary>What an assembly shows, as text: a line for each type, and one for each member below it, sorted.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short",
        [typeof(ushort)] = "ushort", [typeof(int)] = "int", [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong",
        [typeof(char)] = "char", [typeof(string)] = "string", [typeof(object)] = "object", [typeof(double)] = "double", [typeof(decimal)] = "decimal",
    };

    public static string Print(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            text.Append(text.Length > 0 ? "\n" : "").Append(Header(type)).Append('\n');
            foreach (var line in Members(type).Distinct().Order(StringComparer.Ordinal))
                text.Append("    ").Append(line).Append('\n');
        }

        return text.ToString();
    }

    private static string Header(Type type)
    {
        if (IsDelegate(type))
            return $"{type.Namespace}: delegate {Signature(type.GetMethod("Invoke")!, TypeName(type))}";

        var kind = type.IsEnum ? "enum"
            : type.IsInterface ? "interface"
            : type.IsValueType ? (IsReadOnly(type) ? "readonly " : "") + (type.IsByRefLike ? "ref " : "") + "struct"
            : (type is { IsAbstract: true, IsSealed: true } ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "")
                + (IsRecord(type) ? "record" : "class");
        var bases = Bases(type).Select(TypeName).ToList();
        return $"{type.Namespace}: {kind} {TypeName(type)}{(bases.Count == 0 ? "" : $" : {string.Join(", ", bases)}")}";
    }

    private static IEnumerable<Type> Bases(Type type)
    {
        if (type.IsEnum)
            return Enum.GetUnderlyingType(type) == typeof(int) ? [] : [Enum.GetUnderlyingType(type)];

        var inherited = type.GetInterfaces().SelectMany(i => i.GetInterfaces()).Concat(type.BaseType?.GetInterfaces() ?? []);
        return new[] { type.BaseType }.OfType<Type>().Where(b => b != typeof(object) && b != typeof(ValueType))
            .Concat(type.GetInterfaces().Except(inherited).Where(i => i.IsPublic && !IsGenerated(i, type)).OrderBy(TypeName, StringComparer.Ordinal));
    }

    private static bool IsGenerated(Type face, Type type) =>
        face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IEquatable<>) && face.GetGenericArguments()[0] == type;

    private static IEnumerable<string> Members(Type type)
    {
        if (IsDelegate(type))
            return [];

        // Rfc2865.UserName and the like stand in dictionaries/, and are made from there.
        if (type.GetFields() is { Length: > 0 } fields && fields.All(f => f.IsStatic && f.FieldType.Name == "AttributeKey"))
            return ["(a key for each attribute of its dictionary)"];

        if (type.IsEnum)
            return type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => $"{Convert.ToInt64(f.GetRawConstantValue(), CultureInfo.InvariantCulture),4} {f.Name}");

        return type.GetMembers(Declared).Where(m => !m.IsDefined(typeof(CompilerGeneratedAttribute)) || m is PropertyInfo).SelectMany(member => member switch
        {
            ConstructorInfo made when IsVisible(made) => [Parameters($"new {PlainName(type)}", made)],
            FieldInfo field when IsVisible(field) && !field.IsSpecialName => [Print(field)],
            PropertyInfo property when property.GetAccessors(nonPublic: true).Any(IsVisible) && property.Name != "EqualityContract" => [Print(property)],
            EventInfo raised when IsVisible(raised.AddMethod!) => [$"{Static(raised.AddMethod!)}event {TypeName(raised.EventHandlerType!, Nullability.Create(raised))} {raised.Name}"],
            MethodInfo method when IsVisible(method) && !IsAccessor(method) => [Modifiers(method) + Signature(method, method.Name + Generic(method.GetGenericArguments()))],
            _ => Array.Empty<string>(),
        });
    }

    private static string Print(FieldInfo field)
    {
        var kind = field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
        return $"{kind}{TypeName(field.FieldType, Nullability.Create(field))} {field.Name}{(field.IsLiteral ? $" = {Value(field.GetRawConstantValue())}" : "")}";
    }

    private static string Print(PropertyInfo property)
    {
        var accessors = new[] { property.GetMethod, property.SetMethod }.OfType<MethodInfo>().Where(IsVisible).ToList();
        var words = accessors.Select(a => a == property.GetMethod ? "get;" : IsInit(a) ? "init;" : "set;");
        var index = property.GetIndexParameters() is { Length: > 0 } parameters ? $"[{string.Join(", ", parameters.Select(Print))}]" : "";
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        return $"{required}{Modifiers(accessors[0])}{TypeName(property.PropertyType, Nullability.Create(property))} {(index.Length > 0 ? "this" : property.Name)}{index} {{ {string.Join(' ', words)} }}";
    }

    private static string Signature(MethodInfo method, string name) =>
        $"{TypeName(method.ReturnType, Nullability.Create(method.ReturnParameter))} {Parameters(name, method)}";

    private static string Parameters(string name, MethodBase method)
    {
        var extension = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        return $"{name}({extension}{string.Join(", ", method.GetParameters().Select(Print))})";
    }

    private static string Print(ParameterInfo parameter)
    {
        var way = parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) ? "params "
            : !parameter.ParameterType.IsByRef ? ""
            : parameter.IsOut ? "out "
            : parameter.IsDefined(typeof(IsReadOnlyAttribute)) ? "in "
            : "ref ";
        var fallback = parameter.HasDefaultValue ? $" = {Value(parameter.DefaultValue)}" : "";
        return $"{way}{TypeName(parameter.ParameterType, Nullability.Create(parameter))} {parameter.Name}{fallback}";
    }

    private static string TypeName(Type type) => TypeName(type, null);

    private static string TypeName(Type type, NullabilityInfo? nullability)
    {
        if (type.IsByRef)
            return TypeName(type.GetElementType()!, nullability);

        if (Nullable.GetUnderlyingType(type) is { } value)
            return TypeName(value) + "?";

        // Of what may be null both ways, such as a value that is not set where a method returns false, the state when it is read counts.
        var question = !type.IsValueType && nullability?.ReadState == NullabilityState.Nullable ? "?" : "";
        if (type.IsArray)
            return $"{TypeName(type.GetElementType()!, nullability?.ElementType)}[]{question}";

        if (Keywords.TryGetValue(type, out var keyword))
            return keyword + question;

        var arguments = type.GetGenericArguments();
        var inner = nullability?.GenericTypeArguments is { } known && known.Length == arguments.Length
            ? arguments.Select((a, i) => TypeName(a, known[i]))
            : arguments.Select(TypeName);
        return Nested(type) + PlainName(type) + (arguments.Length == 0 ? "" : $"<{string.Join(", ", inner)}>") + question;
    }

    private static string Nested(Type type) => type is { IsNested: true, IsGenericParameter: false } ? $"{PlainName(type.DeclaringType!)}." : "";

    private static string PlainName(Type type) => type.Name.Split('`')[0];

    private static string Generic(Type[] arguments) => arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select(TypeName))}>";

    private static string Modifiers(MethodInfo method) =>
        Static(method) + (method.DeclaringType!.IsInterface || !method.IsVirtual || method.IsFinal ? ""
            : method.GetBaseDefinition() != method ? "override "
            : method.IsAbstract ? "abstract " : "virtual ") + (method.IsFamily || method.IsFamilyOrAssembly ? "protected " : "");

    private static string Static(MethodInfo method) => method.IsStatic ? "static " : "";

    private static string Value(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text}\"",
        bool yes => yes ? "true" : "false",
        Enum word => $"{word.GetType().Name}.{word}",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsVisible(FieldInfo field) => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;

    private static bool IsAccessor(MethodInfo method) => method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static bool IsInit(MethodInfo setter) => setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static bool IsDelegate(Type type) => type.IsSubclassOf(typeof(Delegate));

    private static bool IsReadOnly(Type type) => type.IsDefined(typeof(IsReadOnlyAttribute));

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null;
}
