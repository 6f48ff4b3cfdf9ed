using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.RowLevel;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Iceberg.Writing;

namespace Arctic.Iceberg.Maintenance;

/// <summary>Which data files are rewritten, and into what.</summary>
public sealed record DataFileRewriteOptions
{
    /// <summary>The size of new files; null for the table's <c>write.target-file-size-bytes</c>.</summary>
    public long? TargetFileBytes { get; init; }

    /// <summary>Files below this part of the target are too small.</summary>
    public double SmallBelow { get; init; } = 0.75;

    /// <summary>Files above this multiple of the target are too large.</summary>
    public double LargeAbove { get; init; } = 1.8;

    /// <summary>So many small files of a partition are worth the work, however little they hold.</summary>
    public int InputFilesMin { get; init; } = 5;

    /// <summary>A file with so many delete files is rewritten whatever its size.</summary>
    public int DeleteFilesMin { get; init; } = int.MaxValue;

    /// <summary>A file that has lost so great a part of its rows to deletes of its own is rewritten whatever its size.</summary>
    public double DeletedPartMin { get; init; } = 0.3;

    /// <summary>Every file is rewritten, even where nothing would be better.</summary>
    public bool RewriteAll { get; init; }

    /// <summary>The most bytes that are read for one group of new files.</summary>
    public long GroupBytesMax { get; init; } = 100L << 30;

    /// <summary>Commits after so many groups; a conflict then costs only these. Null for one commit of all.</summary>
    public int? GroupsPerCommit { get; init; }

    /// <summary>The branch that is rewritten; it must exist.</summary>
    public string Branch { get; init; } = SnapshotRef.MainBranch;

    /// <summary>Checks that each value makes sense.</summary>
    /// <returns>These options.</returns>
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>.</exception>
    internal DataFileRewriteOptions Check()
    {
        const string Doing = "rewrite data files";
        MaintenanceOption.Require(TargetFileBytes is null or > 0, Doing, nameof(TargetFileBytes), TargetFileBytes, "must be more than 0");
        MaintenanceOption.Require(SmallBelow is >= 0 and <= 1, Doing, nameof(SmallBelow), SmallBelow, "must be from 0 to 1");
        MaintenanceOption.Require(LargeAbove >= 1, Doing, nameof(LargeAbove), LargeAbove, "must be 1 or more");
        MaintenanceOption.Require(InputFilesMin >= 1, Doing, nameof(InputFilesMin), InputFilesMin, "must be 1 or more");
        MaintenanceOption.Require(DeleteFilesMin >= 1, Doing, nameof(DeleteFilesMin), DeleteFilesMin, "must be 1 or more");
        MaintenanceOption.Require(DeletedPartMin >= 0, Doing, nameof(DeletedPartMin), DeletedPartMin, "must not be negative");
        MaintenanceOption.Require(GroupBytesMax > 0, Doing, nameof(GroupBytesMax), GroupBytesMax, "must be more than 0");
        MaintenanceOption.Require(GroupsPerCommit is null or > 0, Doing, nameof(GroupsPerCommit), GroupsPerCommit, "must be more than 0, or null for one commit of all");
        MaintenanceOption.Require(!string.IsNullOrWhiteSpace(Branch), Doing, nameof(Branch), Branch, "must be a branch's name");
        return this;
    }
}

/// <summary>What a rewrite did.</summary>
/// <param name="Table">With the commits.</param>
/// <param name="FilesRemoved">Data files that were replaced.</param>
/// <param name="FilesAdded">Data files that replace them.</param>
/// <param name="GroupsFailed">Groups that another commit contradicted; only with <see cref="DataFileRewriteOptions.GroupsPerCommit"/>.</param>
public sealed record DataFileRewriteResult(IcebergTable Table, int FilesRemoved, int FilesAdded, int GroupsFailed)
{
    /// <summary>One line for a log.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Table.Identifier}: {FilesRemoved} data files became {FilesAdded}{(GroupsFailed == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {GroupsFailed} groups failed"))}");
}

/// <summary>
/// Rewrites small and deleted-through data files of each partition into files of the target size, without the rows that are deleted. The new files keep the sequence number
/// of the snapshot that was read, so that deletes by value which come meanwhile still apply to them. Files are written first and committed then; only what certainly
/// was not committed is deleted.
/// </summary>
/// <param name="table">At any version; the newest is rewritten.</param>
/// <param name="options">Which files, into what.</param>
/// <param name="filter">Only files that may have rows of it: gives a BOOLEAN over the schema that it is given, which is that of the newest version. Null for all.</param>
internal sealed class DataFileRewrite(IcebergTable table, DataFileRewriteOptions options, Func<Schema, Expression>? filter = null)
{
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>; <c>UNKNOWN_NAME</c>: there is no such branch.</exception>
    /// <exception cref="CommitConflictException">Another commit deleted rows of the files, or replaced them. Nothing took place, no file is left.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether the last commit took place; its files were left.</exception>
    public async ValueTask<DataFileRewriteResult> RunAsync(CancellationToken cancellationToken)
    {
        options.Check();
        var start = await table.LoadCurrentAsync(cancellationToken).ConfigureAwait(false);
        start.Metadata.RequireRef(options.Branch, start.Identifier.ToString());
        var scan = new TableScan(start.Store, start.Metadata);
        scan = start.Metadata.FindSnapshot(options.Branch) is null ? scan : scan.AtRef(options.Branch);
        var result = new DataFileRewriteResult(start, 0, 0, 0);
        if (scan.Snapshot is not { } snapshot)
        {
            return result;
        }

        var groups = await new RewritePlanner(start.Metadata, options).PlanAsync(filter is null ? scan : scan.Where(filter(scan.Schema)), cancellationToken).ConfigureAwait(false);
        foreach (var part in groups.Chunk(options.GroupsPerCommit ?? int.MaxValue))
        {
            try
            {
                result = await RewriteAsync(start, snapshot, part, result, cancellationToken).ConfigureAwait(false);
            }
            catch (CommitConflictException) when (options.GroupsPerCommit is not null)
            {
                result = result with { GroupsFailed = result.GroupsFailed + part.Length };
            }
        }

        return result;
    }

    private async ValueTask<DataFileRewriteResult> RewriteAsync(
        IcebergTable start, Snapshot snapshot, IReadOnlyList<FileScanTask>[] groups, DataFileRewriteResult result, CancellationToken cancellationToken)
    {
        var names = new NewFiles(start.Metadata, start.Catalog.Environment);
        try
        {
            var transaction = result.Table.NewTransaction().ToBranch(options.Branch);
            var step = transaction.Rewrite().ValidateFrom(snapshot.SnapshotId);
            var (removed, added) = (0, 0);
            foreach (var group in groups)
            {
                foreach (var file in await WriteAsync(start, group, names, cancellationToken).ConfigureAwait(false))
                {
                    step = start.Metadata.FormatVersion == 1 ? step.Add(file) : step.Add(file, snapshot.SequenceNumber);
                    added++;
                }

                foreach (var task in group)
                {
                    step.Remove(task.File);
                    removed++;
                }
            }

            var committed = await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return result with { Table = committed, FilesRemoved = result.FilesRemoved + removed, FilesAdded = result.FilesAdded + added };
        }
        catch (Exception e) when (CommitOutcome.IsKnownToHaveFailed(e))
        {
            await names.DeleteAllAsync(start.Store).ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<IReadOnlyList<DataFile>> WriteAsync(IcebergTable start, IReadOnlyList<FileScanTask> group, NewFiles names, CancellationToken cancellationToken)
    {
        var write = DataWriteOptions.Of(start.Metadata.Properties);
        var rewriter = new RowRewriter(start, null, write with { FileBytesTarget = options.TargetFileBytes ?? write.FileBytesTarget }, names);
        await using var _ = rewriter.ConfigureAwait(false);
        foreach (var task in group)
        {
            await rewriter.WriteAsync(task, cancellationToken).ConfigureAwait(false);
        }

        return await rewriter.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }
}
