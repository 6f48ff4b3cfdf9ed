using Arctic.Columnar.Errors;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Options;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Stores;
using Arctic.KeyedTables.Writing;

namespace Arctic.Connectors.Lake;

/// <summary>
/// A lake table as a sink: a keyed one takes every kind of change into its change store, one without a key takes inserts; an overwrite of either takes the rows that replace others. What is
/// written becomes visible with the commit after a checkpoint (architecture, decision 5).
/// </summary>
internal sealed class LakeSink : ISink
{
    private readonly MixedTableCatalog _catalog;
    private readonly MixedTable _table;
    private readonly KeyedTableOptions _options;
    private readonly WriterAssignment _assignment;
    private readonly Overwrite? _overwrite;

    /// <summary>Makes the sink.</summary>
    /// <param name="catalog">The table's.</param>
    /// <param name="table">As loaded for the statement.</param>
    /// <param name="hints">Options of the statement, over the table's properties.</param>
    /// <param name="overwrite">What the rows replace; null when they are added.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>, <see cref="ErrorCodes.FormatUnsupported"/>: an option, or a format that is not written.</exception>
    public LakeSink(MixedTableCatalog catalog, MixedTable table, IReadOnlyDictionary<string, string> hints, Overwrite? overwrite = null)
    {
        (_catalog, _table, _overwrite) = (catalog, table, overwrite);
        _options = table.OptionsWith(hints);
        var write = OptionReader.Read<LakeWriteOptions>(table.PropertiesWith(hints), $"table '{table.Name}'");
        write.RequireFileOnly(table.Name);
        Parallelism = write.Parallelism;
        if (table.Key is null)
        {
            WriteSettings.RequireParquet(table.Name, "write.format.default", _options.DefaultFormat);
        }
        else if (overwrite is null)
        {
            WriteSettings.RequireParquet(table.Name, "change.write.format", _options.ChangeFormat);
        }
        else
        {
            WriteSettings.RequireParquet(table.Name, "base.write.format", _options.BaseFormat);
        }

        _assignment = WriterAssignment.Of(table, _options);
        Partitioner = _assignment.IsAny ? null : new LakePartitioner(_assignment);
    }

    /// <inheritdoc/>
    public RowSchema Schema => _table.RowSchema;

    /// <inheritdoc/>
    public IRowPartitioner? Partitioner { get; }

    /// <inheritdoc/>
    public int? Parallelism { get; }

    /// <summary>The kinds of changes that the table takes; an overwrite takes rows.</summary>
    public ChangelogMode ChangelogMode => _table.Key is null || _overwrite is not null ? ChangelogMode.Insert : ChangelogMode.All;

    /// <inheritdoc/>
    public ISinkWriter CreateWriter(SinkContext context) => (_table.Key, _overwrite) switch
    {
        (null, _) => new LakeAppendWriter(_table, _options, context, CommitsEmpty),
        ({ } key, null) => CreateChangeWriter(key, context),
        _ => new LakeBaseWriter(new BaseStoreWriter(_table, _options, new StoreFileNamer(context.Subtask, context.Random, context.Incarnation.Value), NewBudget(), NewKeyBudget()), CommitsEmpty),
    };

    /// <inheritdoc/>
    public ICommitter CreateCommitter(SinkContext context) => new LakeCommitter(new StoreCommitter(_catalog, _table, context.SinkId, context.Incarnation.Value, CreateChange(context.Random)));

    /// <summary>What the files of the writers do to the table.</summary>
    public StoreChange CreateChange(Random random) => (_table.Key, _overwrite) switch
    {
        (_, null) => new AppendChange(_options.CommitsEmpty),
        (null, { } overwrite) => new OverwriteChange(_table, overwrite),
        (_, { } overwrite) => new KeyedOverwriteChange(_catalog, _table, overwrite, random),
    };

    // What is replaced by nothing must still be said to the committer.
    private bool CommitsEmpty => _overwrite is { ReplacesWithNothing: true };

    private LakeChangeWriter CreateChangeWriter(PrimaryKey key, SinkContext context)
    {
        var store = _table.ChangeStore!;
        return new LakeChangeWriter(new ChangeStoreWriter(new ChangeStoreWriterRequest
        {
            Store = store.Store,
            Location = store.Metadata.Location,
            Schema = _table.Schema,
            Spec = store.Metadata.DefaultSpec,
            Key = key,
            Mask = _assignment.MaskFor(context.Parallelism),
            IsUpsert = _options.IsUpsert,
            Subtask = context.Subtask,
            Incarnation = context.Incarnation.Value,
            Random = context.Random,
            Options = WriteSettings.Of(store.Metadata.Properties, _options),
            Budget = NewBudget(),
        }));
    }

    private MemoryBudget NewKeyBudget() => new($"the keys of a bucket of table '{_table.Name}'", OptionReader.Read<LakeReadOptions>(_table.Properties, $"table '{_table.Name}'").DeleteMemoryLimit.Bytes)
    {
        Hint = $"Raise the table property '{LakeReadOptions.DeleteMemoryLimitKey}', or give the table more buckets ('base.file-index.hash-bucket').",
    };

    private MemoryBudget NewBudget() => new($"rows that wait in a writer of table '{_table.Name}'", LakeWriteOptions.WriterBytesMax)
    {
        Hint = "Take checkpoints more often ('execution.checkpointing.interval'): each ends the wait of updates whose second half has not come.",
    };
}
