using System.Text.Json;

namespace Arctic.Storage.Avro;

/// <summary>An Avro schema with the attributes that Iceberg adds. Named types may refer to themselves, so schemas compare by reference.</summary>
internal abstract class AvroSchema
{
    private AvroSchema()
    {
    }

    /// <summary>The <c>logicalType</c>; null when there is none.</summary>
    public string? LogicalType { get; init; }

    /// <summary>The scale of <c>decimal</c>.</summary>
    public int Scale { get; init; }

    /// <summary>The precision of <c>decimal</c>.</summary>
    public int Precision { get; init; }

    /// <summary>Iceberg's <c>adjust-to-utc</c> of timestamps; null when absent.</summary>
    public bool? AdjustToUtc { get; init; }

    /// <summary>Makes <c>["null", schema]</c>, the form of optional values.</summary>
    public static Union Optional(AvroSchema schema) => new([new Primitive(AvroKind.Null), schema]);

    /// <summary>One of the eight primitive types.</summary>
    public sealed class Primitive(AvroKind kind) : AvroSchema
    {
        public AvroKind Kind { get; } = kind;
    }

    /// <summary>A given number of bytes.</summary>
    public sealed class Fixed(string name, int size) : AvroSchema
    {
        public string Name { get; } = name;

        public int Size { get; } = size;
    }

    /// <summary>One of some names.</summary>
    public sealed class Enum(string name, IReadOnlyList<string> symbols) : AvroSchema
    {
        public string Name { get; } = name;

        public IReadOnlyList<string> Symbols { get; } = symbols;
    }

    /// <summary>A list; with the logical type <c>map</c> a list of key-value records.</summary>
    public sealed class Array(AvroSchema items) : AvroSchema
    {
        public AvroSchema Items { get; } = items;

        /// <summary>Iceberg's <c>element-id</c>; null when absent.</summary>
        public int? ElementId { get; init; }
    }

    /// <summary>A map with string keys.</summary>
    public sealed class Map(AvroSchema values) : AvroSchema
    {
        public AvroSchema Values { get; } = values;

        public int? KeyId { get; init; }

        public int? ValueId { get; init; }
    }

    /// <summary>One of several types; the branch's index precedes the value.</summary>
    public sealed class Union(IReadOnlyList<AvroSchema> branches) : AvroSchema
    {
        public IReadOnlyList<AvroSchema> Branches { get; } = branches;

        /// <summary>The index of the null branch; -1 when there is none.</summary>
        public int NullIndex { get; } = IndexOfNull(branches);

        private static int IndexOfNull(IReadOnlyList<AvroSchema> branches)
        {
            for (var i = 0; i < branches.Count; i++)
            {
                if (branches[i] is Primitive { Kind: AvroKind.Null })
                {
                    return i;
                }
            }

            return -1;
        }
    }

    /// <summary>Named fields.</summary>
    public sealed class Record(string name) : AvroSchema
    {
        public string Name { get; } = name;

        private AvroField[] _fields = [];

        /// <summary>In the order of their bytes. Set once, after the record itself can be referred to.</summary>
        public IReadOnlyList<AvroField> Fields
        {
            get => _fields;
            set => _fields = [.. value];
        }

        /// <summary>The fields for loops that run once a value.</summary>
        public ReadOnlySpan<AvroField> FieldSpan => _fields;
    }

    /// <summary>The JSON text of the schema; a named type is written in full the first time and by its name after that.</summary>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            AvroSchemaJson.Write(writer, this, []);
        }

        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}

/// <summary>A field of an Avro record.</summary>
/// <param name="FieldId">Iceberg's <c>field-id</c>; null when absent.</param>
internal sealed record AvroField(string Name, AvroSchema Type, int? FieldId)
{
    /// <summary>The name in Iceberg's schema where Avro does not allow its characters; null when they are the same.</summary>
    public string? IcebergName { get; init; }
}

internal enum AvroKind
{
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
}
