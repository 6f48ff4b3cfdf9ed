using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Iceberg.Mapping;

namespace Arctic.Streams;

/// <summary>Rows behind an exchange by key: the columns of the key, then those of the row.</summary>
internal static class KeyedRecords
{
    /// <summary>The columns on the way.</summary>
    public static RowSchema SchemaOf<TKey, T>() =>
        new(RowMapping<TKey>.NaturalSchema.Fields.Select(f => f with { Name = $"$key.{f.Name}" }).Concat(RowMapping<T>.NaturalSchema.Fields));

    /// <summary>The indices of the columns of the key.</summary>
    public static int[] KeyColumnsOf<TKey>() => [.. Enumerable.Range(0, RowMapping<TKey>.NaturalSchema.Count)];
}

/// <summary>Reads such rows. One subtask uses an instance.</summary>
internal sealed class KeyedRecords<TKey, T>
{
    private readonly RowMapping<TKey> _keyMapping = RowMapping<TKey>.Of(RowMapping<TKey>.NaturalSchema, MappingUse.Read, "the key");
    private readonly DecodingReader<T> _rows = new(RowMapping<T>.Of(RowMapping<T>.NaturalSchema, MappingUse.Read, "the keyed stream"));
    private readonly RowCodec _keyCodec = new(RowMapping<TKey>.NaturalSchema.Fields.Select(f => f.Type));
    private readonly int[] _keyColumns = KeyedRecords.KeyColumnsOf<TKey>();
    private readonly int[] _rowColumns = [.. Enumerable.Range(RowMapping<TKey>.NaturalSchema.Count, RowMapping<T>.NaturalSchema.Count)];
    private readonly TKey[] _oneKey = new TKey[1];

    /// <summary>The keys of the rows that were read last, as bytes.</summary>
    public EncodedRows EncodedKeys { get; } = new();

    /// <summary>The same as objects.</summary>
    public TKey[] Keys { get; private set; } = [];

    /// <summary>The rows of a batch; the caller still disposes it.</summary>
    public RowBuffer<T> Read(ChangeBatch batch)
    {
        using var compact = batch.Compact();
        var keys = BatchRows.Pick(compact.Columns, _keyColumns);
        _keyCodec.Encode(keys, BatchRows.All(compact.RowCount), EncodedKeys);
        EncodedKeys.ComputeHashes();
        Keys = Keys.Length < compact.RowCount ? new TKey[compact.RowCount] : Keys;
        _keyMapping.Decode(keys, compact.RowCount, Keys);
        using var rows = compact.Project(_rowColumns);
        return _rows.Read(rows);
    }

    /// <summary>One key.</summary>
    public TKey DecodeKey(ReadOnlySpan<byte> encoded)
    {
        _keyMapping.Decode(_keyCodec.Decode(encoded, [0]), 1, _oneKey);
        return _oneKey[0];
    }
}

/// <summary>Puts the key of each row before it.</summary>
internal sealed class KeyingOperator<TKey, T>(string steps, RowReader<T> reader, Func<T, TKey> keyOf) : StreamOperator
{
    private readonly RowSchema _schema = KeyedRecords.SchemaOf<TKey, T>();
    private readonly RowMapping<TKey> _keyMapping = RowMapping<TKey>.Of(RowMapping<TKey>.NaturalSchema, MappingUse.Write, "the key");
    private readonly RowMapping<T> _rowMapping = RowMapping<T>.Of(RowMapping<T>.NaturalSchema, MappingUse.Write, "the keyed stream");
    private TKey[] _keys = [];

    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        RowBuffer<T> rows;
        using (batch)
        {
            rows = UserCode.Run(steps, (Operator: this, batch), static a => a.Operator.Read(a.batch));
        }

        if (rows.Count > 0)
        {
            var columns = _keyMapping.Encode(_keys, rows.Count).Concat(_rowMapping.Encode(rows.Rows, rows.Count)).ToArray();
            await Context.Output.EmitAsync(new ChangeBatch(_schema, columns, rows.Count, rows.ToKinds()), cancellationToken).ConfigureAwait(false);
        }
    }

    private RowBuffer<T> Read(ChangeBatch batch)
    {
        var rows = reader.Read(batch);
        _keys = _keys.Length < rows.Count ? new TKey[rows.Count] : _keys;
        for (var i = 0; i < rows.Count; i++)
        {
            _keys[i] = keyOf(rows.Rows[i]);
        }

        return rows;
    }
}
