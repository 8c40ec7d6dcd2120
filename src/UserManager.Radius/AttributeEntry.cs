namespace UserManager.Radius;

/// <summary>One attribute of an <see cref="AttributeList"/>: where its value lies in the list's buffer.</summary>
/// <param name="Key">Its number.</param>
/// <param name="Definition">Its definition; null for an unknown attribute, or one whose value does not fit its type, which is then raw octets.</param>
/// <param name="Offset">First octet of the value: without header, without tag, revealed when it was hidden.</param>
/// <param name="Length">Octets of the value.</param>
/// <param name="Tag">RFC 2868's tag, 0..31; 0 when there is none.</param>
public readonly record struct AttributeEntry(AttributeKey Key, AttributeDefinition? Definition, int Offset, int Length, byte Tag);
