using Arctic.Columnar.Columns;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables.Keys;

namespace Arctic.KeyedTables.Writing;

/// <summary>Numbers the partitions that rows fall into, in the order of first sight. Not thread-safe.</summary>
internal sealed class PartitionAssigner
{
    private readonly Schema _schema;
    private readonly PartitionSpec _spec;
    private readonly int[] _sources;
    private readonly EncodedKeys _bytes = new();
    private readonly KeyTable _table = new();
    private readonly List<PartitionTuple> _partitions = [];
    private readonly List<string> _paths = [];
    private int[] _numbers = [];

    /// <summary>Makes an assigner for rows that have the schema's columns in order.</summary>
    public PartitionAssigner(Schema schema, PartitionSpec spec)
    {
        (_schema, _spec) = (schema, spec);
        _sources = spec.Fields.Select(f => IndexOf(schema, f.SourceId)).ToArray();
        if (spec.Fields.Count == 0)
        {
            _partitions.Add(PartitionTuple.Empty);
            _paths.Add("");
        }
    }

    /// <summary>Whether rows are split at all.</summary>
    public bool IsPartitioned => _sources.Length > 0;

    /// <summary>The id of the spec.</summary>
    public int SpecId => _spec.SpecId;

    /// <summary>The values of a partition.</summary>
    public PartitionTuple TupleOf(int partition) => _partitions[partition];

    /// <summary>The text of a partition: see <see cref="PartitionPath"/>.</summary>
    public string PathOf(int partition) => _paths[partition];

    /// <summary>The partition values of every column row, one column a field of the spec.</summary>
    public Column[] Transform(IReadOnlyList<Column> columns)
    {
        var result = new Column[_sources.Length];
        for (var i = 0; i < result.Length; i++)
        {
            var field = _spec.Fields[i];
            result[i] = TransformKernels.Apply(field.Transform, _schema.FindField(field.SourceId)!.Type, columns[_sources[i]]);
        }

        return result;
    }

    /// <summary>Finds the partition of each of the rows.</summary>
    /// <param name="columns">All columns of the schema.</param>
    /// <param name="columnLength">Their length.</param>
    /// <param name="rows">The column rows that count.</param>
    /// <returns>A number by column row (undefined for others), valid until the next call; empty when there is one partition, 0.</returns>
    public ReadOnlySpan<int> Assign(IReadOnlyList<Column> columns, int columnLength, ReadOnlySpan<int> rows)
    {
        if (!IsPartitioned)
        {
            return [];
        }

        if (_numbers.Length < columnLength)
        {
            _numbers = new int[columnLength];
        }

        var values = Transform(columns);
        _bytes.Encode(values, rows);
        for (var i = 0; i < rows.Length; i++)
        {
            // Neighbours mostly share their partition.
            _numbers[rows[i]] = i > 0 && _bytes[i].SequenceEqual(_bytes[i - 1]) ? _numbers[rows[i - 1]] : NumberOf(_bytes[i], values, rows[i]);
        }

        return _numbers.AsSpan(0, columnLength);
    }

    /// <summary>Forgets all partitions.</summary>
    public void Reset()
    {
        if (IsPartitioned)
        {
            _table.Clear();
            _partitions.Clear();
            _paths.Clear();
        }
    }

    private int NumberOf(ReadOnlySpan<byte> key, Column[] values, int row)
    {
        var number = _table.FindOrAdd(key);
        if (number == _partitions.Count)
        {
            var tuple = new PartitionTuple(Array.ConvertAll(values, c => IcebergValues.Box(c, row)));
            _partitions.Add(tuple);
            _paths.Add(PartitionPath.Of(_spec, _schema, tuple));
        }

        return number;
    }

    private static int IndexOf(Schema schema, int fieldId)
    {
        for (var i = 0; i < schema.Fields.Count; i++)
        {
            if (schema.Fields[i].Id == fieldId)
            {
                return i;
            }
        }

        throw new Arctic.Columnar.Errors.ArcticException(
            Arctic.Columnar.Errors.ErrorCodes.FormatUnsupported, $"Cannot write a table that is partitioned by '{schema.FindFullName(fieldId) ?? fieldId.ToString(System.Globalization.CultureInfo.InvariantCulture)}', which is not a top-level column.");
    }
}
