using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Iceberg.Writing;

namespace Arctic.Workloads.Torture;

/// <summary>Appends files and deletes files and rows that it appended itself, one commit after the other, and writes down what it was told.</summary>
/// <param name="firstId">Of its commits; another writer begins far away from it.</param>
internal sealed class TortureWriter(FileSystemCatalog catalog, TortureJournal journal, Random random, long firstId)
{
    private readonly List<Appended> _mine = [];
    private long _nextId = firstId;

    /// <summary>Goes on until it is told to stop; then the commit under way is finished.</summary>
    public async Task RunAsync(Func<bool> goesOn, Action afterEach)
    {
        while (goesOn())
        {
            await CommitOnceAsync();
            afterEach();
        }
    }

    private async Task CommitOnceAsync()
    {
        var target = _mine.Count == 0 || random.Next(10) < 6 ? null : _mine[random.Next(_mine.Count)];
        var id = _nextId++;
        var commit = target is null ? new TortureCommit(id, TortureKind.Append, id, 0)
            : target.RowsLeft.Count > 1 && random.Next(2) == 0 ? new TortureCommit(id, TortureKind.DeleteRow, target.Id, target.TakeRow(random))
            : new TortureCommit(id, TortureKind.DeleteFile, target.Id, 0);
        if (commit.Kind == TortureKind.DeleteFile)
        {
            // Whatever comes of it, it is tried once: what is unknown then stays so.
            _mine.Remove(target!);
        }

        journal.Begin(commit);
        try
        {
            var file = await CommitAsync(commit, target);
            journal.End(commit, TortureOutcome.Acknowledged);
            if (commit.Kind == TortureKind.Append)
            {
                _mine.Add(new Appended(id, file));
            }
        }
        catch (CommitOutcomeUnknownException)
        {
            journal.End(commit, TortureOutcome.Unknown);
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.StorageFailed || e.Code == ErrorCodes.CommitConflict)
        {
            journal.End(commit, TortureOutcome.Failed);
        }
    }

    private async Task<DataFile> CommitAsync(TortureCommit commit, Appended? target)
    {
        var table = await LoadAsync();
        var transaction = table.NewTransaction();
        DataFile file;
        switch (commit.Kind)
        {
            case TortureKind.Append:
                file = await WriteRowsAsync(table, commit.Id);
                transaction.Append().Add(file).Set(TortureSite.Mark, commit.ToString());
                break;
            case TortureKind.DeleteFile:
                file = target!.File;
                transaction.Delete().Remove(file).Set(TortureSite.Mark, commit.ToString());
                break;
            default:
                file = target!.File;
                var deletes = await PositionDeleteWriter.WriteAsync(
                    table.Store, $"{table.Metadata.Location}/data/{commit.Id}-deletes.parquet", table.Metadata.DefaultSpec, file, new[] { (long)commit.Row }, DataWriteOptions.Default, CancellationToken.None);
                transaction.RowDelta().AddDeletes(deletes).RequireDataFile(file.FilePath).ValidateFrom(table.Metadata.CurrentSnapshotId).Set(TortureSite.Mark, commit.ToString());
                break;
        }

        await transaction.CommitAsync(CancellationToken.None);
        return file;
    }

    private async Task<IcebergTable> LoadAsync()
    {
        while (true)
        {
            try
            {
                return await catalog.LoadTableAsync(TortureSite.Table, CancellationToken.None);
            }
            catch (ArcticException e) when (e.Code == ErrorCodes.StorageFailed)
            {
                // Nothing has begun yet: ask again.
            }
        }
    }

    private static async Task<DataFile> WriteRowsAsync(IcebergTable table, long id)
    {
        var request = new DataFileRequest { Schema = TortureSite.Columns, Spec = table.Metadata.DefaultSpec, NextLocation = () => $"{table.Metadata.Location}/data/{id}.parquet" };
        await using var writer = new DataFileWriter(table.Store, request);
        var (ids, rows) = (new long[TortureSite.RowsPerAppend], new int[TortureSite.RowsPerAppend]);
        for (var row = 0; row < rows.Length; row++)
        {
            (ids[row], rows[row]) = (id, row);
        }

        using var batch = new ChangeBatch(
            TortureSite.Columns.ToRowSchema(), [new FixedColumn<long>(DataTypes.BigInt.AsNotNull(), ids), new FixedColumn<int>(DataTypes.Int.AsNotNull(), rows)], rows.Length);
        await writer.WriteAsync(batch, CancellationToken.None);
        return (await writer.CompleteAsync(CancellationToken.None)).Single();
    }

    /// <summary>A file of this writer, as far as it knows.</summary>
    private sealed record Appended(long Id, DataFile File)
    {
        public List<int> RowsLeft { get; } = [.. Enumerable.Range(0, TortureSite.RowsPerAppend)];

        public int TakeRow(Random random)
        {
            var row = RowsLeft[random.Next(RowsLeft.Count)];
            RowsLeft.Remove(row);
            return row;
        }
    }
}
