using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Iceberg.Writing;

namespace Arctic.Iceberg.RowLevel;

/// <summary>The files of a deletion, written and ready to commit.</summary>
/// <param name="StartSnapshotId">What was read; null when there was nothing.</param>
internal sealed record RowDeletionPlan(long? StartSnapshotId)
{
    /// <summary>Data files that go: all their rows are deleted.</summary>
    public List<DataFile> Removed { get; } = [];

    /// <summary>Data files whose other rows are in <see cref="New"/>.</summary>
    public List<DataFile> Rewritten { get; } = [];

    /// <summary>Data files with the rows that stay.</summary>
    public IReadOnlyList<DataFile> New { get; set; } = [];

    /// <summary>Data files that <see cref="Deletes"/> are of.</summary>
    public List<string> Marked { get; } = [];

    /// <summary>Position delete files or deletion vectors.</summary>
    public IReadOnlyList<DataFile> Deletes { get; set; } = [];

    /// <summary>Delete files whose positions are in <see cref="Deletes"/> too.</summary>
    public List<DataFile> ReplacedDeletes { get; } = [];

    public bool IsEmpty => Removed.Count + Rewritten.Count + Marked.Count == 0;
}

/// <summary>Finds the rows of a deletion in one snapshot, file after file, and writes what replaces them.</summary>
internal sealed class RowDeletionPlanner(IcebergTable table, RowDeletion deletion, FileFilter filter, NewFiles locations)
{
    private readonly TableMetadata _metadata = table.Metadata;

    /// <summary>Reads files that may have such rows; those that certainly have no others are not even opened.</summary>
    public async ValueTask<RowDeletionPlan> PlanAsync(CancellationToken cancellationToken)
    {
        // New rows start a branch that does not exist yet from what is current; without any the name is a mistake.
        if (deletion.Added.Count == 0)
        {
            _metadata.RequireRef(deletion.Branch, table.Identifier.ToString());
        }

        var all = new TableScan(table.Store, _metadata) { MetricFieldIds = filter.MetricFieldIds, Evaluation = deletion.Evaluation };
        all = _metadata.FindSnapshot(deletion.Branch) is null ? all : all.AtRef(deletion.Branch);
        var plan = new RowDeletionPlan(all.Snapshot?.SnapshotId);
        if (deletion.Rows is { } rows)
        {
            await PlanGivenAsync(all.Select([MetadataColumns.Position]), rows, plan, cancellationToken).ConfigureAwait(false);
            return plan;
        }

        var scan = all.Where(deletion.Filter);
        var finder = scan.Select([MetadataColumns.Position]).CreateReader();
        await using var disposeFinder = finder.ConfigureAwait(false);
        if (deletion.ModeFor(_metadata) == RowChangeMode.CopyOnWrite)
        {
            await PlanCopiesAsync(scan, finder, plan, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await PlanMarksAsync(scan, finder, plan, cancellationToken).ConfigureAwait(false);
        }

        return plan;
    }

    // Which files have the rows is known: none is read to find them.
    private async ValueTask PlanGivenAsync(TableScan scan, IReadOnlyDictionary<string, PositionBitmap> rows, RowDeletionPlan plan, CancellationToken cancellationToken)
    {
        var isCopy = deletion.ModeFor(_metadata) == RowChangeMode.CopyOnWrite;
        var reader = scan.CreateReader();
        await using var disposeReader = reader.ConfigureAwait(false);
        var rewriter = NewRewriter(null);
        await using var disposeRewriter = rewriter.ConfigureAwait(false);
        var marks = new PositionMarks(table, _metadata, locations);
        await using var disposeMarks = marks.ConfigureAwait(false);
        await foreach (var task in scan.PlanTasksAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!rows.TryGetValue(task.File.FilePath, out var positions))
            {
                continue;
            }

            if (isCopy)
            {
                plan.Rewritten.Add(task.File);
                await rewriter.WriteWithoutAsync(task, positions, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await MarkAsync(task, positions, reader, marks, plan, cancellationToken).ConfigureAwait(false);
            }
        }

        plan.New = await rewriter.CompleteAsync(cancellationToken).ConfigureAwait(false);
        plan.Deletes = await marks.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    private RowRewriter NewRewriter(Expression? keep) => new(table, keep, DataWriteOptions.Of(_metadata.Properties), locations, deletion.Evaluation);

    private async ValueTask PlanCopiesAsync(TableScan scan, ScanReader finder, RowDeletionPlan plan, CancellationToken cancellationToken)
    {
        var rewriter = NewRewriter(ScalarFunctions.IsNotTrue.Bind([deletion.Filter]));
        await using var disposeRewriter = rewriter.ConfigureAwait(false);
        await foreach (var task in scan.PlanTasksAsync(cancellationToken).ConfigureAwait(false))
        {
            if (filter.MatchesAll(task.File, _metadata))
            {
                plan.Removed.Add(task.File);
            }
            else if (await HasMatchAsync(finder, task, cancellationToken).ConfigureAwait(false))
            {
                plan.Rewritten.Add(task.File);
                await rewriter.WriteAsync(task, cancellationToken).ConfigureAwait(false);
            }
        }

        plan.New = await rewriter.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask PlanMarksAsync(TableScan scan, ScanReader finder, RowDeletionPlan plan, CancellationToken cancellationToken)
    {
        var marks = new PositionMarks(table, _metadata, locations);
        await using var disposeMarks = marks.ConfigureAwait(false);
        await foreach (var task in scan.PlanTasksAsync(cancellationToken).ConfigureAwait(false))
        {
            if (filter.MatchesAll(task.File, _metadata))
            {
                plan.Removed.Add(task.File);
                continue;
            }

            var positions = await FindAsync(finder, task, cancellationToken).ConfigureAwait(false);
            if (positions.Cardinality > 0)
            {
                await MarkAsync(task, positions, finder, marks, plan, cancellationToken).ConfigureAwait(false);
            }
        }

        plan.Deletes = await marks.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    // Writes the positions of one file together with those that were deleted before; a file without other rows goes.
    private async ValueTask MarkAsync(FileScanTask task, PositionBitmap positions, ScanReader reader, PositionMarks marks, RowDeletionPlan plan, CancellationToken cancellationToken)
    {
        if (await reader.LoadPositionsAsync(task, cancellationToken).ConfigureAwait(false) is { } older)
        {
            older.AddTo(positions);
        }

        if (positions.Cardinality == task.File.RecordCount)
        {
            plan.Removed.Add(task.File);
            return;
        }

        await marks.AddAsync(task.File, positions, cancellationToken).ConfigureAwait(false);
        plan.Marked.Add(task.File.FilePath);

        // A file for several data files stays: the others need it, and to this one it does no harm.
        plan.ReplacedDeletes.AddRange(task.Deletes.Select(d => d.File).Where(d => d.Content == FileContent.PositionDeletes && DeleteScope.OnlyTargetOf(d) is not null));
    }

    private static async ValueTask<bool> HasMatchAsync(ScanReader finder, FileScanTask task, CancellationToken cancellationToken)
    {
        await foreach (var batch in finder.ReadAsync(task, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                return true;
            }
        }

        return false;
    }

    private static async ValueTask<PositionBitmap> FindAsync(ScanReader finder, FileScanTask task, CancellationToken cancellationToken)
    {
        var positions = new PositionBitmap();
        await foreach (var batch in finder.ReadAsync(task, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                Collect(batch, positions);
            }
        }

        return positions;
    }

    private static void Collect(ChangeBatch batch, PositionBitmap positions)
    {
        var all = ((FixedColumn<long>)batch.Columns[0].ToDense()).Values;
        if (batch.Selection is not { } selection)
        {
            foreach (var position in all)
            {
                positions.Add(position);
            }

            return;
        }

        foreach (var row in selection.Span)
        {
            positions.Add(all[row]);
        }
    }
}
