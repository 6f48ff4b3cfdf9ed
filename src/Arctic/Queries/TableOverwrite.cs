using Arctic.Catalog;
using Arctic.Columnar;
using Arctic.Connectors.Lake;
using Arctic.Dataflow.Connectors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables.Stores;
using Arctic.KeyedTables.Writing;
using Arctic.Sql.Logical;
using Arctic.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Arctic.Queries;

/// <summary>An overwrite of a lake table outside of a job: takes the rows, then commits unless others contradict it. Used once; not thread-safe.</summary>
internal sealed class TableOverwrite : IAsyncDisposable
{
    private readonly LakeTable _table;
    private readonly LakeSink _sink;
    private readonly StoreChange _change;
    private readonly ISinkWriter _writer;
    private IReadOnlyList<DataFile> _files = [];

    /// <summary>Makes an overwrite of what an INSERT OVERWRITE says.</summary>
    public TableOverwrite(LakeTable table, LogicalPlan.Sink insert, TimeProvider time, ILogger logger)
    {
        _table = table;
        _sink = table.CreateSink(insert, OverwriteIsolation.Serializable);
        _change = _sink.CreateChange(table.Catalog.NewRandom());
        _writer = _sink.CreateWriter(new SinkContext
        {
            Name = insert.Table.Path.ToString(),
            SinkId = "",
            Incarnation = default,
            Parallelism = 1,
            Subtask = 0,
            Time = time,
            Random = table.Catalog.NewRandom(),
            Logger = logger,
        });
    }

    /// <summary>Takes note of what the rows will be computed of; comes before any of them is read.</summary>
    public ValueTask BeginAsync(CancellationToken cancellationToken) => _change.BeginAsync(cancellationToken);

    /// <summary>Takes new rows over.</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>EVALUATION_FAILED</c>: NULL for a column that does not take it.</exception>
    public async ValueTask AddAsync(ChangeBatch rows, CancellationToken cancellationToken)
    {
        ChangeBatch named;
        using (rows)
        {
            NotNullColumns.Require(rows, _sink.Schema);
            named = rows.WithSchema(_sink.Schema);
        }

        await _writer.WriteAsync(named, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Commits.</summary>
    /// <exception cref="CommitConflictException">Others have changed the table since the beginning: nothing took place, and the statement may be run anew.</exception>
    public async ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        var committable = await _writer.PrepareCommitAsync(new CheckpointId(1), cancellationToken).ConfigureAwait(false);
        _files = committable is null ? [] : DataFileCodec.Read(committable.Content);
        if (_files.Count == 0 && !_change.CommitsWithoutFiles)
        {
            return;
        }

        try
        {
            await OverwriteCommit.RunAsync(_table.Catalog.Tables, _table.Table, _change, _files, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (CommitOutcome.IsKnownToHaveFailed(e))
        {
            await _table.Table.BaseStore.Store.DeleteLeftoversAsync(_files.Select(f => f.FilePath)).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _writer.DisposeAsync();
}
