using System.Reflection;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Mapping;

/// <summary>A property of a record type that is a column.</summary>
/// <param name="Property">Readable.</param>
/// <param name="Parameter">The constructor's parameter that sets it; null when the property's setter does.</param>
/// <param name="Column">What the attribute says; null without one.</param>
internal sealed record RecordMember(PropertyInfo Property, ParameterInfo? Parameter, IcebergColumnAttribute? Column)
{
    /// <summary>The type with the nullability of each level.</summary>
    public MemberType Type { get; } = MemberType.Of(Property);

    /// <summary>For messages: <c>Order.Amount</c>.</summary>
    public string Name => $"{MemberType.NameOf(Property.ReflectedType!)}.{Property.Name}"; // a property found on a type has one

    /// <summary>The properties of a type that are columns: those that a constructor's parameter or a setter sets, in the order of its constructor's parameters, then as declared.</summary>
    public static IReadOnlyList<RecordMember> Of(Type type, ConstructorInfo? constructor)
    {
        var parameters = constructor?.GetParameters() ?? [];
        return type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .GroupBy(p => p.Name, StringComparer.Ordinal)
            .Select(HidingOthers)
            .Where(p => p.GetMethod is { IsPublic: true } && p.GetIndexParameters().Length == 0)
            .Select(p => (Property: p, Parameter: parameters.FirstOrDefault(a => IsSetBy(p, a))))
            .Where(p => IsSettable(p.Property, p.Parameter) && !Has<IcebergIgnoreAttribute>(p.Property, p.Parameter))
            .OrderBy(p => p.Parameter?.Position ?? int.MaxValue)
            .ThenBy(p => p.Property.MetadataToken)
            .Select(p => new RecordMember(p.Property, p.Parameter, Find<IcebergColumnAttribute>(p.Property, p.Parameter)))
            .ToArray();
    }

    /// <summary>Whether a constructor's parameter is the value of a property, as in a positional record.</summary>
    public static bool IsSetBy(PropertyInfo property, ParameterInfo parameter) =>
        string.Equals(property.Name, parameter.Name, StringComparison.OrdinalIgnoreCase) && property.PropertyType == parameter.ParameterType;

    /// <summary>The index of the member's column among the fields; -1 when there is none.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>: several would do.</exception>
    public int FindColumn(IReadOnlyList<NestedField> fields) =>
        Column?.Name is { } name ? ColumnNames.FindExact(fields, name) : ColumnNames.Find(fields, Property.Name, $"the property '{Name}'");

    /// <summary>The error for a member without a column.</summary>
    public ArcticException NoColumn(IReadOnlyList<NestedField> fields, string owner) =>
        new(ErrorCodes.UnknownName, $"The property '{Name}' has no column in {owner}: there is no '{Column?.Name ?? ColumnNames.ForProperty(Property.Name)}'.")
        {
            Hint = NameSuggestion.For(Column?.Name ?? ColumnNames.ForProperty(Property.Name), fields.Select(f => f.Name))
                ?? "Name its column with [IcebergColumn(\"name\")], or leave it out with [IcebergIgnore].",
        };

    // Of a property and those of base types that it hides ('new').
    private static PropertyInfo HidingOthers(IEnumerable<PropertyInfo> properties) => properties.Aggregate((a, b) => a.DeclaringType!.IsSubclassOf(b.DeclaringType!) ? a : b); // a member has a type

    // What nothing sets is computed from the others.
    private static bool IsSettable(PropertyInfo property, ParameterInfo? parameter) => parameter is not null || property.SetMethod is not null;

    private static bool Has<T>(PropertyInfo property, ParameterInfo? parameter)
        where T : Attribute => Find<T>(property, parameter) is not null;

    // On a positional record an attribute without "property:" belongs to the parameter.
    private static T? Find<T>(PropertyInfo property, ParameterInfo? parameter)
        where T : Attribute => property.GetCustomAttribute<T>() ?? parameter?.GetCustomAttribute<T>();
}
