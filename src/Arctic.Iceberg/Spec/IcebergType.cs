using System.Globalization;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec;

/// <summary>
/// A type of the Iceberg format. Its values, where code holds one alone (partition tuples, defaults, bounds), are boxed: <see cref="bool"/>;
/// <see cref="int"/> for int and date; <see cref="long"/> for long, time and all timestamps; <see cref="float"/>; <see cref="double"/>;
/// <see cref="Int128"/> for the unscaled decimal; <see cref="string"/>; <c>byte[]</c> for uuid (16, big-endian), fixed and binary.
/// </summary>
public abstract record IcebergType
{
    private IcebergType()
    {
    }

    /// <summary>The text of a primitive type in JSON, <c>decimal(9, 2)</c>; a readable text of a nested one.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the type has no fields of its own.</summary>
    public bool IsPrimitive => this is not (Struct or List or Map);

    /// <inheritdoc/>
    public sealed override string ToString() => Name;

    /// <summary>True or false.</summary>
    public sealed record Boolean : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => "boolean";
    }

    /// <summary>32-bit signed integer.</summary>
    public sealed record Int : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => "int";
    }

    /// <summary>64-bit signed integer.</summary>
    public sealed record Long : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => "long";
    }

    /// <summary>32-bit IEEE float.</summary>
    public sealed record Float : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => "float";
    }

    /// <summary>64-bit IEEE float.</summary>
    public sealed record Double : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => "double";
    }

    /// <summary>Exact decimal of 1 to 38 digits.</summary>
    public sealed record Decimal(int Precision, int Scale) : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => string.Create(CultureInfo.InvariantCulture, $"decimal({Precision}, {Scale})");
    }

    /// <summary>Days since 1970-01-01.</summary>
    public sealed record Date : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => "date";
    }

    /// <summary>Microseconds of the day.</summary>
    public sealed record Time : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => "time";
    }

    /// <summary>Microseconds since 1970 on a wall clock.</summary>
    public sealed record Timestamp : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => "timestamp";
    }

    /// <summary>Microseconds since 1970 in UTC.</summary>
    public sealed record TimestampTz : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => "timestamptz";
    }

    /// <summary>Nanoseconds since 1970 on a wall clock (v3).</summary>
    public sealed record TimestampNs : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => "timestamp_ns";
    }

    /// <summary>Nanoseconds since 1970 in UTC (v3).</summary>
    public sealed record TimestampTzNs : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => "timestamptz_ns";
    }

    /// <summary>Text in UTF-8.</summary>
    public sealed record String : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => "string";
    }

    /// <summary>16 bytes, big-endian.</summary>
    public sealed record Uuid : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => "uuid";
    }

    /// <summary>Exactly <paramref name="Length"/> bytes.</summary>
    public sealed record Fixed(int Length) : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => string.Create(CultureInfo.InvariantCulture, $"fixed[{Length}]");
    }

    /// <summary>Any bytes.</summary>
    public sealed record Binary : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => "binary";
    }

    /// <summary>Always null (v3).</summary>
    public sealed record Unknown : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => "unknown";
    }

    /// <summary>Semi-structured values (v3).</summary>
    public sealed record Variant : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => "variant";
    }

    /// <summary>Planar geometry in WKB (v3).</summary>
    /// <param name="Parameters">The text in parentheses, as found; null when there is none.</param>
    public sealed record Geometry(string? Parameters) : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => Parameters is null ? "geometry" : $"geometry({Parameters})";
    }

    /// <summary>Geometry on the globe in WKB (v3).</summary>
    /// <param name="Parameters">The text in parentheses, as found; null when there is none.</param>
    public sealed record Geography(string? Parameters) : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => Parameters is null ? "geography" : $"geography({Parameters})";
    }

    /// <summary>Named fields.</summary>
    public sealed record Struct(EquatableList<NestedField> Fields) : IcebergType
    {
        /// <summary>The struct without fields: the partition type of an unpartitioned table.</summary>
        public static readonly Struct Empty = new(EquatableList<NestedField>.Empty);

        /// <inheritdoc/>
        public override string Name => $"struct<{string.Join(", ", Fields.Select(f => f.ToString()))}>";

        /// <summary>The field of that id directly in this struct; null when there is none.</summary>
        public NestedField? FindField(int id) => Fields.FirstOrDefault(f => f.Id == id);
    }

    /// <summary>A list; the element is field <paramref name="ElementId"/>.</summary>
    public sealed record List(int ElementId, IcebergType Element, bool IsElementRequired) : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => $"list<{Element}>";
    }

    /// <summary>A map; keys are always required.</summary>
    public sealed record Map(int KeyId, IcebergType Key, int ValueId, IcebergType Value, bool IsValueRequired) : IcebergType
    {
        /// <inheritdoc/>
        public override string Name => $"map<{Key}, {Value}>";
    }
}

/// <summary>A field of a schema or struct; its id is its identity for ever, its name is not.</summary>
public sealed record NestedField(int Id, string Name, IcebergType Type, bool IsRequired)
{
    /// <summary>The comment; null when there is none.</summary>
    public string? Doc { get; init; }

    /// <summary>The value of rows in files written before the field existed (v3), boxed as <see cref="IcebergType"/> says; null is null.</summary>
    public object? InitialDefault { get; init; }

    /// <summary>The value for writers that give none (v3).</summary>
    public object? WriteDefault { get; init; }

    /// <inheritdoc/>
    public bool Equals(NestedField? other) =>
        other is not null && Id == other.Id && Name == other.Name && IsRequired == other.IsRequired && Doc == other.Doc && Type.Equals(other.Type)
        && SingleValues.AreEqual(InitialDefault, other.InitialDefault) && SingleValues.AreEqual(WriteDefault, other.WriteDefault);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Name, Type, IsRequired);

    /// <inheritdoc/>
    public override string ToString() => $"{Id}: {Name}: {(IsRequired ? "required" : "optional")} {Type}";
}
