using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Inspecting;

/// <summary>A batch of a metadata table under way.</summary>
internal sealed class MetadataRows(RowSchema schema)
{
    private const int BatchRowsMax = 4096;

    private readonly ColumnBuilder[] _columns = schema.Fields.Select(f => ColumnBuilder.Create(f.Type)).ToArray();

    /// <summary>The rows that are whole.</summary>
    public int Count { get; private set; }

    /// <summary>Whether the batch is to be built.</summary>
    public bool IsFull => Count >= BatchRowsMax;

    /// <summary>The next row's cells, in the order of the schema; end it by <see cref="End"/>.</summary>
    public CellWriter Next() => new(_columns);

    /// <summary>The row is whole.</summary>
    public RowWritten End()
    {
        Count++;
        return default;
    }

    /// <summary>Takes the rows out.</summary>
    public ChangeBatch Build()
    {
        var batch = new ChangeBatch(schema, _columns.Select(c => c.Build()).ToArray(), Count);
        Count = 0;
        return batch;
    }
}

/// <summary>Says that a row is whole.</summary>
internal readonly record struct RowWritten;

/// <summary>Writes the cells of one row from left to right.</summary>
/// <param name="columns">The columns of the row, or the members of a nested one.</param>
internal sealed class CellWriter(IReadOnlyList<ColumnBuilder> columns)
{
    private int _next;

    /// <summary>The column of the next cell, for values that the other methods do not write.</summary>
    public ColumnBuilder Take() => columns[_next++];

    /// <summary>INT.</summary>
    public CellWriter Int(int? value) => Fixed(value);

    /// <summary>BIGINT.</summary>
    public CellWriter Long(long? value) => Fixed(value);

    /// <summary>TIMESTAMP_LTZ(6) from milliseconds since 1970.</summary>
    public CellWriter Time(long? millis) => Fixed(millis * 1000);

    /// <summary>BOOLEAN.</summary>
    public CellWriter Flag(bool? value)
    {
        var column = (BooleanColumnBuilder)Take();
        if (value is { } flag)
        {
            column.Append(flag);
        }
        else
        {
            column.AppendNull();
        }

        return this;
    }

    /// <summary>STRING.</summary>
    public CellWriter Text(string? value)
    {
        Append(Take(), value);
        return this;
    }

    /// <summary>BYTES.</summary>
    public CellWriter Bytes(byte[]? value)
    {
        var column = (BytesColumnBuilder)Take();
        if (value is null)
        {
            column.AppendNull();
        }
        else
        {
            column.Append((ReadOnlySpan<byte>)value);
        }

        return this;
    }

    /// <summary>ARRAY of numbers.</summary>
    public CellWriter List<T>(T[]? values)
        where T : unmanaged
    {
        var column = (ListColumnBuilder)Take();
        if (values is null)
        {
            column.AppendNull();
            return this;
        }

        foreach (var value in values)
        {
            ((FixedColumnBuilder<T>)column.Elements).Append(value);
        }

        column.EndList();
        return this;
    }

    /// <summary>MAP from field ids to counts.</summary>
    public CellWriter Map(FieldIdMap<long>? map) => Map(map, static (column, value) => ((FixedColumnBuilder<long>)column).Append(value));

    /// <summary>MAP from field ids to bounds.</summary>
    public CellWriter Map(FieldIdMap<ReadOnlyMemory<byte>>? map) => Map(map, static (column, value) => ((BytesColumnBuilder)column).Append(value.Span));

    /// <summary>MAP of texts, by key.</summary>
    public CellWriter Map(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var column = (MapColumnBuilder)Take();
        foreach (var (key, value) in pairs.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            Append(column.Keys, key);
            Append(column.Values, value);
        }

        column.EndMap();
        return this;
    }

    private static void Append(ColumnBuilder column, string? value)
    {
        if (value is null)
        {
            column.AppendNull();
        }
        else
        {
            ((BytesColumnBuilder)column).Append(value.AsSpan());
        }
    }

    private CellWriter Map<T>(FieldIdMap<T>? map, Action<ColumnBuilder, T> append)
    {
        var column = (MapColumnBuilder)Take();
        if (map is null)
        {
            column.AppendNull();
            return this;
        }

        for (var i = 0; i < map.Count; i++)
        {
            ((FixedColumnBuilder<int>)column.Keys).Append(map.Ids[i]);
            append(column.Values, map.Values[i]);
        }

        column.EndMap();
        return this;
    }

    private CellWriter Fixed<T>(T? value)
        where T : unmanaged
    {
        var column = (FixedColumnBuilder<T>)Take();
        if (value is { } number)
        {
            column.Append(number);
        }
        else
        {
            column.AppendNull();
        }

        return this;
    }
}
