using System.Reflection;

namespace Arctic.Iceberg.Mapping;

/// <summary>How a .NET type is laid out in columns.</summary>
internal enum MemberKind
{
    /// <summary>One value: a number, a text, a time, bytes, an enum.</summary>
    Value,

    /// <summary>Elements in order.</summary>
    List,

    /// <summary>Keys with values.</summary>
    Map,

    /// <summary>Named members.</summary>
    Record,

    /// <summary>None of these.</summary>
    Unsupported,
}

/// <summary>A .NET type as the compiler saw it: with the nullability of each level, which reflection alone does not tell of references.</summary>
/// <param name="Type">As declared; <c>Nullable&lt;&gt;</c> included.</param>
/// <param name="IsNullable">Whether null may stand there: of references what <c>?</c> says, and yes in code that does not say.</param>
/// <param name="Arguments">The element of a list; the key and value of a map.</param>
internal sealed record MemberType(Type Type, bool IsNullable, IReadOnlyList<MemberType> Arguments)
{
    private static readonly HashSet<Type> Values =
    [
        typeof(bool), typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(Int128), typeof(float), typeof(double),
        typeof(decimal), typeof(string), typeof(byte[]), typeof(Guid), typeof(DateOnly), typeof(TimeOnly), typeof(DateTime), typeof(DateTimeOffset),
    ];

    private static readonly HashSet<Type> Lists =
    [
        typeof(List<>), typeof(IList<>), typeof(ICollection<>), typeof(IEnumerable<>), typeof(IReadOnlyList<>), typeof(IReadOnlyCollection<>),
    ];

    private static readonly HashSet<Type> Maps = [typeof(Dictionary<,>), typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>)];

    /// <summary>The type without <c>Nullable&lt;&gt;</c>.</summary>
    public Type Core => Nullable.GetUnderlyingType(Type) ?? Type;

    /// <summary>How the type is laid out.</summary>
    public MemberKind Kind => KindOf(Core);

    /// <summary>The type of a property, with its nullability.</summary>
    public static MemberType Of(PropertyInfo property) => Of(new NullabilityInfoContext().Create(property));

    /// <summary>A type of which nothing is known but itself: the record that a caller named.</summary>
    public static MemberType Of(Type type) => new(type, Nullable.GetUnderlyingType(type) is not null, []);

    /// <summary>The type as C# writes it, roughly.</summary>
    public static string NameOf(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } core)
        {
            return NameOf(core) + "?";
        }

        // The compiler's own names say nothing.
        if (type.Name.StartsWith("<>f__AnonymousType", StringComparison.Ordinal))
        {
            return "(anonymous)";
        }

        return type.IsArray ? NameOf(type.GetElementType()!) + "[]"
            : type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
            : type.Name;
    }

    /// <inheritdoc/>
    public override string ToString() => NameOf(Type) + (IsNullable && !Type.IsValueType ? "?" : "");

    private static MemberType Of(NullabilityInfo info)
    {
        var core = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        IReadOnlyList<MemberType> arguments = KindOf(core) switch
        {
            MemberKind.List when core.IsArray => [Of(info.ElementType!)], // an array has an element type
            MemberKind.List or MemberKind.Map => info.GenericTypeArguments.Select(Of).ToArray(),
            _ => [],
        };
        return new MemberType(info.Type, info.ReadState != NullabilityState.NotNull, arguments);
    }

    private static MemberKind KindOf(Type type)
    {
        if (Values.Contains(type) || type.IsEnum)
        {
            return MemberKind.Value;
        }

        var generic = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (generic is not null && Maps.Contains(generic))
        {
            return MemberKind.Map;
        }

        if (type.IsSZArray || (generic is not null && Lists.Contains(generic)))
        {
            return MemberKind.List;
        }

        // The library's own classes (TimeSpan, Uri, Version, collections) have properties too, but not ones that make a value.
        var isLibrary = type.Namespace is "System" || (type.Namespace?.StartsWith("System.", StringComparison.Ordinal) ?? false);
        return isLibrary || type.IsPrimitive || type.IsPointer || type.IsByRefLike || type.IsGenericTypeDefinition ? MemberKind.Unsupported : MemberKind.Record;
    }
}
