using System.Globalization;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec;

/// <summary>
/// A type of the Iceberg format. Its values, where code holds one alone (partition tuples, defaults, bounds), are boxed: <see cref="bool"/>;
/// <see cref="int"/> for int and date; <see cref="long"/> for long, time and all timestamps; <see cref="float"/>; <see cref="double"/>;
/// <see cref="Int128"/> for the unscaled decimal; <see cref="string"/>; <c>byte[]</c> for uuid (16, big-endian), fixed and binary.
/// </summary>
internal abstract record IcebergType
{
    private IcebergType()
    {
    }

    /// <summary>The text of a primitive type in JSON, <c>decimal(9, 2)</c>; a readable text of a nested one.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the type has no fields of its own.</summary>
    public bool IsPrimitive => this is not (Struct or List or Map);

    public sealed override string ToString() => Name;

    public sealed record Boolean : IcebergType
    {
        public override string Name => "boolean";
    }

    public sealed record Int : IcebergType
    {
        public override string Name => "int";
    }

    public sealed record Long : IcebergType
    {
        public override string Name => "long";
    }

    public sealed record Float : IcebergType
    {
        public override string Name => "float";
    }

    public sealed record Double : IcebergType
    {
        public override string Name => "double";
    }

    /// <summary>Exact decimal of 1 to 38 digits.</summary>
    public sealed record Decimal(int Precision, int Scale) : IcebergType
    {
        public override string Name => string.Create(CultureInfo.InvariantCulture, $"decimal({Precision}, {Scale})");
    }

    /// <summary>Days since 1970-01-01.</summary>
    public sealed record Date : IcebergType
    {
        public override string Name => "date";
    }

    /// <summary>Microseconds of the day.</summary>
    public sealed record Time : IcebergType
    {
        public override string Name => "time";
    }

    /// <summary>Microseconds since 1970 on a wall clock.</summary>
    public sealed record Timestamp : IcebergType
    {
        public override string Name => "timestamp";
    }

    /// <summary>Microseconds since 1970 in UTC.</summary>
    public sealed record TimestampTz : IcebergType
    {
        public override string Name => "timestamptz";
    }

    /// <summary>Nanoseconds since 1970 on a wall clock (v3).</summary>
    public sealed record TimestampNs : IcebergType
    {
        public override string Name => "timestamp_ns";
    }

    /// <summary>Nanoseconds since 1970 in UTC (v3).</summary>
    public sealed record TimestampTzNs : IcebergType
    {
        public override string Name => "timestamptz_ns";
    }

    public sealed record String : IcebergType
    {
        public override string Name => "string";
    }

    /// <summary>16 bytes, big-endian.</summary>
    public sealed record Uuid : IcebergType
    {
        public override string Name => "uuid";
    }

    /// <summary>Exactly <paramref name="Length"/> bytes.</summary>
    public sealed record Fixed(int Length) : IcebergType
    {
        public override string Name => string.Create(CultureInfo.InvariantCulture, $"fixed[{Length}]");
    }

    public sealed record Binary : IcebergType
    {
        public override string Name => "binary";
    }

    /// <summary>Always null (v3).</summary>
    public sealed record Unknown : IcebergType
    {
        public override string Name => "unknown";
    }

    /// <summary>Semi-structured values (v3).</summary>
    public sealed record Variant : IcebergType
    {
        public override string Name => "variant";
    }

    /// <summary>Planar geometry in WKB (v3).</summary>
    /// <param name="Parameters">The text in parentheses, as found; null when there is none.</param>
    public sealed record Geometry(string? Parameters) : IcebergType
    {
        public override string Name => Parameters is null ? "geometry" : $"geometry({Parameters})";
    }

    /// <summary>Geometry on the globe in WKB (v3).</summary>
    /// <param name="Parameters">The text in parentheses, as found; null when there is none.</param>
    public sealed record Geography(string? Parameters) : IcebergType
    {
        public override string Name => Parameters is null ? "geography" : $"geography({Parameters})";
    }

    /// <summary>Named fields.</summary>
    public sealed record Struct(EquatableList<NestedField> Fields) : IcebergType
    {
        /// <summary>The struct without fields: the partition type of an unpartitioned table.</summary>
        public static readonly Struct Empty = new(EquatableList<NestedField>.Empty);

        public override string Name => $"struct<{string.Join(", ", Fields.Select(f => f.ToString()))}>";

        /// <summary>The field of that id directly in this struct; null when there is none.</summary>
        public NestedField? FindField(int id) => Fields.FirstOrDefault(f => f.Id == id);
    }

    /// <summary>A list; the element is field <paramref name="ElementId"/>.</summary>
    public sealed record List(int ElementId, IcebergType Element, bool IsElementRequired) : IcebergType
    {
        public override string Name => $"list<{Element}>";
    }

    /// <summary>A map; keys are always required.</summary>
    public sealed record Map(int KeyId, IcebergType Key, int ValueId, IcebergType Value, bool IsValueRequired) : IcebergType
    {
        public override string Name => $"map<{Key}, {Value}>";
    }
}

/// <summary>A field of a schema or struct; its id is its identity for ever, its name is not.</summary>
internal sealed record NestedField(int Id, string Name, IcebergType Type, bool IsRequired)
{
    /// <summary>The comment; null when there is none.</summary>
    public string? Doc { get; init; }

    /// <summary>The value of rows in files written before the field existed (v3), boxed as <see cref="IcebergType"/> says; null is null.</summary>
    public object? InitialDefault { get; init; }

    /// <summary>The value for writers that give none (v3).</summary>
    public object? WriteDefault { get; init; }

    public override string ToString() => $"{Id}: {Name}: {(IsRequired ? "required" : "optional")} {Type}";
}
