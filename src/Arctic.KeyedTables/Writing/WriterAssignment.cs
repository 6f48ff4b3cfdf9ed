using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;

namespace Arctic.KeyedTables.Writing;

/// <summary>
/// Says which of several writers gets a row, so that each (partition, bucket) has one writer (spec/arctic.md, D.4). The formulas are the original's, to the hash of a
/// partition's values: who writes what decides offsets. Stateless and thread-safe.
/// </summary>
internal sealed class WriterAssignment
{
    private readonly PrimaryKey? _key;
    private readonly int _bucketCount;
    private readonly PartitionSource? _partition;

    /// <summary>Makes an assignment.</summary>
    /// <param name="key">Rows are spread by its buckets; null not to.</param>
    /// <param name="bucketCount">The table's bucket count.</param>
    /// <param name="partition">Rows are spread by their partition; null not to.</param>
    public WriterAssignment(PrimaryKey? key, int bucketCount, PartitionSource? partition)
    {
        (_key, _bucketCount, _partition) = (key, bucketCount, partition);
    }

    /// <summary>Whether any writer may take any row.</summary>
    public bool IsAny => _key is null && _partition is null;

    /// <summary>The assignment that a table's properties ask for (spec/arctic.md, D.4).</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>: by a key or by partitions that the table does not have.</exception>
    public static WriterAssignment Of(MixedTable table, KeyedTableOptions options)
    {
        var partition = table.PartitionSpec.IsUnpartitioned ? null : new PartitionSource(table.Schema, table.PartitionSpec);
        if (options.Distribution != DistributionMode.Hash)
        {
            return new WriterAssignment(null, options.ChangeBucketCount, null);
        }

        return options.DistributionHash switch
        {
            DistributionHashMode.Auto => new WriterAssignment(table.Key, options.ChangeBucketCount, partition),
            DistributionHashMode.PrimaryKey => new WriterAssignment(table.Key ?? throw Illegal("primary-key", "primary key"), options.ChangeBucketCount, null),
            DistributionHashMode.PartitionKey => new WriterAssignment(null, options.ChangeBucketCount, partition ?? throw Illegal("partition-key", "partition")),
            DistributionHashMode.PrimaryPartitionKey => new WriterAssignment(
                table.Key ?? throw Illegal("primary-partition-key", "primary key"), options.ChangeBucketCount, partition ?? throw Illegal("primary-partition-key", "partition")),
            _ => new WriterAssignment(null, options.ChangeBucketCount, null),
        };

        ArcticException Illegal(string mode, string missing) =>
            new(ErrorCodes.InvalidOption, $"illegal shuffle policy {mode} for table without {missing}: 'write.distribution.hash-mode' of table '{table.Name}'.");
    }

    /// <summary>What plans print.</summary>
    public string Description => (_key, _partition) switch
    {
        ({ } key, null) => $"bucket[{key}]",
        ({ } key, { } partition) => $"bucket[{key}], partition[{partition}]",
        (null, { } partition) => $"partition[{partition}]",
        _ => "any",
    };

    /// <summary>The mask that writers split rows by: raised to the number of writers where buckets alone spread the rows.</summary>
    public int MaskFor(int parallelism) => KeyBucket.MaskFor(_key is not null && _partition is null ? Math.Max(_bucketCount, parallelism) : _bucketCount);

    /// <summary>Fills in the 0-based writer of each row of a batch, in the order of its selection.</summary>
    public void Assign(ChangeBatch batch, int parallelism, Span<int> targets)
    {
        var hashes = new int[batch.ColumnLength];
        if (_key is not null)
        {
            _key.Hash(batch.Columns, hashes);
            var mask = MaskFor(parallelism);
            for (var i = 0; i < hashes.Length; i++)
            {
                hashes[i] &= mask;
            }
        }

        if (_partition is not null)
        {
            MixPartitions(batch.Columns, hashes);
        }

        for (var i = 0; i < hashes.Length; i++)
        {
            hashes[i] %= parallelism;
        }

        if (batch.Selection is not { } selection)
        {
            hashes.CopyTo(targets);
            return;
        }

        var rows = selection.Span;
        for (var i = 0; i < rows.Length; i++)
        {
            targets[i] = hashes[rows[i]];
        }
    }

    private void MixPartitions(IReadOnlyList<Column> columns, Span<int> hashes)
    {
        var partitions = new int[hashes.Length];
        _partition!.Hash(columns, partitions);
        for (var i = 0; i < hashes.Length; i++)
        {
            // Objects.hash(bucket, partition), or the partition's own.
            hashes[i] = KeyHash.MakePositive(_key is null ? partitions[i] : 31 * (31 + hashes[i]) + partitions[i]);
        }
    }
}

/// <summary>The partition values of rows, as what spreads them. Stateless and thread-safe.</summary>
internal sealed class PartitionSource(Schema schema, PartitionSpec spec)
{
    private readonly bool[] _isUuid = spec.Fields.Select(f => f.Transform.ResultType(schema.FindField(f.SourceId)?.Type ?? IcebergTypes.Unknown) is IcebergType.Uuid).ToArray();

    /// <summary>Fills in the hash of each column row's partition.</summary>
    public void Hash(IReadOnlyList<Column> columns, Span<int> hashes) =>
        KeyHash.ComputeSigned(new PartitionAssigner(schema, spec).Transform(columns), _isUuid, hashes);

    /// <inheritdoc/>
    public override string ToString() => string.Join(",", spec.Fields.Select(f => f.Name));
}
