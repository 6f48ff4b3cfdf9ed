using System.Globalization;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.RowLevel;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Iceberg.Writing;

namespace Arctic.Iceberg.Maintenance;

/// <summary>What a rewrite of deleted positions did.</summary>
/// <param name="Table">With the commit.</param>
/// <param name="FilesRemoved">Delete files or deletion vectors that were replaced.</param>
/// <param name="FilesAdded">Those that replace them.</param>
public sealed record PositionDeleteRewriteResult(IcebergTable Table, int FilesRemoved, int FilesAdded)
{
    /// <summary>One line for a log.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Table.Identifier}: {FilesRemoved} position delete files became {FilesAdded}");
}

/// <summary>
/// Gathers the deleted positions of each data file into one delete file, or into its deletion vector (v3, also those that version 2 left in files). Only partitions are touched
/// in which a data file has several delete files, or one that is for others too, or of an older version's form.
/// </summary>
internal sealed class PositionDeleteRewrite(IcebergTable table, string branch = SnapshotRef.MainBranch)
{
    /// <summary>Rewrites and commits; where everything is as it should be there is no commit.</summary>
    /// <exception cref="Arctic.Columnar.Errors.ArcticException"><c>UNKNOWN_NAME</c>: there is no such branch.</exception>
    /// <exception cref="CommitConflictException">Another commit deleted rows of the same files. Nothing took place, no file is left.</exception>
    public async ValueTask<PositionDeleteRewriteResult> RunAsync(CancellationToken cancellationToken)
    {
        var start = await table.LoadCurrentAsync(cancellationToken).ConfigureAwait(false);
        start.Metadata.RequireRef(branch, start.Identifier.ToString());
        var names = new NewFiles(start.Metadata, start.Catalog.Environment);
        try
        {
            var scan = new TableScan(start.Store, start.Metadata);
            scan = start.Metadata.FindSnapshot(branch) is null ? scan : scan.AtRef(branch);
            var tasks = await ChooseAsync(scan, start.Metadata, cancellationToken).ConfigureAwait(false);
            return tasks.Count == 0 ? new PositionDeleteRewriteResult(start, 0, 0) : await RewriteAsync(start, scan, tasks, names, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (CommitOutcome.IsKnownToHaveFailed(e))
        {
            await names.DeleteAllAsync(start.Store).ConfigureAwait(false);
            throw;
        }
    }

    // All data files with deletes of a partition, or none: a delete file for several of them can go only when all have their own.
    private static async ValueTask<List<FileScanTask>> ChooseAsync(TableScan scan, TableMetadata metadata, CancellationToken cancellationToken)
    {
        var tasks = new List<FileScanTask>();
        var partitions = new HashSet<(int SpecId, PartitionTuple Partition)>();
        await foreach (var task in scan.PlanTasksAsync(cancellationToken).ConfigureAwait(false))
        {
            var deletes = PositionDeletesOf(task).ToArray();
            if (deletes.Length == 0)
            {
                continue;
            }

            tasks.Add(task);
            if (deletes.Length > 1 || DeleteScope.OnlyTargetOf(deletes[0].File) is null || deletes[0].File.IsDeletionVector != (metadata.FormatVersion > 2))
            {
                partitions.Add((task.File.SpecId, task.File.Partition));
            }
        }

        tasks.RemoveAll(t => !partitions.Contains((t.File.SpecId, t.File.Partition)));
        return tasks;
    }

    private async ValueTask<PositionDeleteRewriteResult> RewriteAsync(
        IcebergTable start, TableScan scan, List<FileScanTask> tasks, NewFiles names, CancellationToken cancellationToken)
    {
        var sequences = new Dictionary<string, long>(StringComparer.Ordinal);
        var reader = scan.CreateReader();
        await using var disposeReader = reader.ConfigureAwait(false);
        var marks = new PositionMarks(start, start.Metadata, names);
        await using var disposeMarks = marks.ConfigureAwait(false);
        foreach (var task in tasks)
        {
            var positions = new PositionBitmap();
            (await reader.LoadPositionsAsync(task, cancellationToken).ConfigureAwait(false))?.AddTo(positions);

            // A file for several data files may hold no position of this one.
            if (positions.Cardinality > 0)
            {
                await marks.AddAsync(task.File, positions, cancellationToken).ConfigureAwait(false);
                sequences[task.File.FilePath] = PositionDeletesOf(task).Max(d => d.SequenceNumber);
            }
        }

        var transaction = start.NewTransaction().ToBranch(branch);
        var step = transaction.Rewrite().ValidateFrom(scan.Snapshot?.SnapshotId);
        var added = await marks.CompleteAsync(cancellationToken).ConfigureAwait(false);
        foreach (var file in added)
        {
            // The deletes are as old as they were: what reads changes must not take them for new ones.
            step.Add(file, sequences[DeleteScope.OnlyTargetOf(file)!]); // both forms are of one data file
        }

        var removed = tasks.SelectMany(PositionDeletesOf).Select(d => d.File).DistinctBy(FileKey.Of).ToArray();
        foreach (var file in removed)
        {
            step.Remove(file);
        }

        return new PositionDeleteRewriteResult(await transaction.CommitAsync(cancellationToken).ConfigureAwait(false), removed.Length, added.Count);
    }

    private static IEnumerable<DeleteFile> PositionDeletesOf(FileScanTask task) => task.Deletes.Where(d => d.File.Content == FileContent.PositionDeletes);
}
