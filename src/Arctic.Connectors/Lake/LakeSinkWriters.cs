using System.Globalization;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Connectors;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Stores;
using Arctic.KeyedTables.Writing;

namespace Arctic.Connectors.Lake;

/// <summary>Writes the changes of one subtask to a change store.</summary>
internal sealed class LakeChangeWriter(ChangeStoreWriter writer) : ISinkWriter
{
    /// <inheritdoc/>
    public async ValueTask WriteAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            await writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Committable?> PrepareCommitAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var files = await writer.FinishIntervalAsync(cancellationToken).ConfigureAwait(false);
        return files.Count == 0 ? null : new Committable(DataFileCodec.Write(files));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => writer.DisposeAsync();
}

/// <summary>Writes the rows of one subtask that replace others in a keyed table.</summary>
/// <param name="commitsEmpty">Whether there is something to commit without rows, too.</param>
internal sealed class LakeBaseWriter(BaseStoreWriter writer, bool commitsEmpty) : ISinkWriter
{
    /// <inheritdoc/>
    public async ValueTask WriteAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            await writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Committable?> PrepareCommitAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var files = await writer.FinishAsync(cancellationToken).ConfigureAwait(false);
        return files.Count == 0 && !commitsEmpty ? null : new Committable(DataFileCodec.Write(files));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => writer.DisposeAsync();
}

/// <summary>Writes the rows of one subtask to a table without a key.</summary>
internal sealed class LakeAppendWriter : ISinkWriter
{
    private readonly MixedTable _table;
    private readonly DataFileRequest _request;
    private readonly SinkContext _context;
    private readonly bool _commitsEmpty;
    private PartitionedWriter? _writer;

    /// <summary>Makes a writer; no file is created before the first row.</summary>
    /// <param name="commitsEmpty">Whether there is something to commit without rows, too.</param>
    public LakeAppendWriter(MixedTable table, KeyedTableOptions options, SinkContext context, bool commitsEmpty)
    {
        (_table, _context, _commitsEmpty) = (table, context, commitsEmpty);
        _request = new DataFileRequest
        {
            Schema = table.Schema,
            Spec = table.PartitionSpec,
            NextLocation = static () => throw new System.Diagnostics.UnreachableException("Each partition has its own locations."),
            Options = WriteSettings.Of(table.Properties, options),
            Metrics = MetricsConfig.Of(table.BaseStore.Metadata),
        };
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            RequireInserts(batch);
            _writer ??= StartInterval();
            await _writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Committable?> PrepareCommitAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        if (_writer is not { } writer)
        {
            return _commitsEmpty ? new Committable(DataFileCodec.Write([])) : null;
        }

        var files = await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        _writer = null;
        await writer.DisposeAsync().ConfigureAwait(false);
        return files.Count == 0 ? null : new Committable(DataFileCodec.Write(files));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _writer?.DisposeAsync() ?? ValueTask.CompletedTask;

    private PartitionedWriter StartInterval()
    {
        var namer = new StoreFileNamer(_context.Subtask, _context.Random, _context.Incarnation.Value);
        return new PartitionedWriter(_table.BaseStore.Store, _request, Locate);

        string Locate(PartitionTuple partition) => StoreLayout.DataFile(
            _table.BaseStore.Metadata.Location,
            PartitionPath.Of(_table.PartitionSpec, _table.Schema, partition),
            namer.Next(KeyBucket.Root, StoreFileType.Base, 0, "parquet"));
    }

    private void RequireInserts(ChangeBatch batch)
    {
        if (batch.IsInsertOnly)
        {
            return;
        }

        var kinds = batch.Kinds.Span;
        if (batch.Selection is { } selection)
        {
            foreach (var row in selection.Span)
            {
                RequireInsert(kinds[row]);
            }
        }
        else if (kinds.ContainsAnyExcept(RowKind.Insert))
        {
            RequireInsert(kinds[kinds.IndexOfAnyExcept(RowKind.Insert)]);
        }
    }

    private void RequireInsert(RowKind kind)
    {
        if (kind != RowKind.Insert)
        {
            throw new ArcticException(
                ErrorCodes.InvalidStatement,
                string.Create(CultureInfo.InvariantCulture, $"Table '{_table.Name}' doesn't support consuming update and delete changes: it has no primary key, and a change of kind '{kind.ToShortText()}' came."));
        }
    }
}
