using System.Globalization;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Stores;
using Arctic.KeyedTables.Writing;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.KeyedTables;

public class ChangeStoreWriterTests
{
    private static readonly Schema Columns = new(0, [new NestedField(1, "id", IcebergTypes.Int, true), new NestedField(2, "name", IcebergTypes.String, false)], [1]);

    private readonly MemoryObjectStore _store = new(TimeProvider.System);

    [Fact]
    public async Task Files_are_named_in_the_order_of_their_first_rows_and_hold_the_offset_last()
    {
        await using var writer = Writer();

        // Hashes are 31 + id: id 1 in bucket 0, id 2 in bucket 1.
        await WriteAsync(writer, "+I 2 b", "-D 1 a", "-U 2 b", "+U 2 c");
        var files = await writer.FinishIntervalAsync(default);

        Assert.Equal(["5-I-00001", "4-ED-00002", "5-ED-00003"], files.Select(Short).Order(StringComparer.Ordinal).OrderBy(n => n[^1]));
        var inserts = await StoredFiles.ReadAsync(_store, files.Single(f => Short(f) == "5-I-00001"));
        Assert.Equal([[2, "b", 1L], [2, "c", 3L]], inserts);
        var file = files.Single(f => Short(f) == "5-I-00001");
        Assert.StartsWith("memory:///w/t_change_/data/5-I-0-00000-0-", file.FilePath, StringComparison.Ordinal);
        Assert.True(file.LowerBounds!.TryGet(HiddenColumns.FileOffset.Id, out var lower));
        Assert.Equal(1L, BitConverter.ToInt64(lower.Span));
        Assert.Equal(FileContent.Data, file.Content);
    }

    [Fact]
    public async Task An_interval_starts_anew()
    {
        await using var writer = Writer();
        await WriteAsync(writer, "+I 1 a", "-U 2 b");
        var first = await writer.FinishIntervalAsync(default);

        await WriteAsync(writer, "+U 2 c");
        var second = Assert.Single(await writer.FinishIntervalAsync(default));

        Assert.Equal("5-I-00001", Short(second));
        Assert.NotEqual(Operation(first[0]), Operation(second));
        Assert.Equal([[2, "c", 1L]], await StoredFiles.ReadAsync(_store, second));
        Assert.Empty(await writer.FinishIntervalAsync(default));
    }

    [Fact]
    public async Task Rows_of_a_selection_count_and_partitions_have_folders()
    {
        var spec = new PartitionSpec(0, [new PartitionField(2, 1000, "name", new Transform.Identity())]);
        await using var writer = Writer(spec);
        using var batch = Batch("+I 1 a b", "+I 5 x", "+I 9 a b");
        using var selected = batch.WithSelection(new[] { 0, 2 });

        await writer.WriteAsync(selected, default);
        var file = Assert.Single(await writer.FinishIntervalAsync(default));

        Assert.Contains("/data/name=a+b/4-I-", file.FilePath, StringComparison.Ordinal);
        Assert.Equal(new PartitionTuple("a b"), file.Partition);
        Assert.Equal([[1, "a b", 1L], [9, "a b", 2L]], await StoredFiles.ReadAsync(_store, file));
    }

    [Fact]
    public async Task A_file_is_rolled_at_its_size_and_the_next_has_the_next_number()
    {
        await using var writer = Writer(fileBytesTarget: 20_000);
        var random = new Random(3);
        for (var i = 0; i < 20; i++)
        {
            await WriteAsync(writer, Enumerable.Range(0, 1000).Select(n => $"+I {4 * (1000 * i + n) + 1} {random.NextInt64():x16}").ToArray());
        }

        var files = await writer.FinishIntervalAsync(default);

        Assert.True(files.Count > 1, "The rows fit one file.");
        Assert.Equal(20_000, files.Sum(f => f.RecordCount));
        Assert.Equal(Enumerable.Range(1, files.Count), files.Select(f => int.Parse(Short(f)[^5..], CultureInfo.InvariantCulture)));
        Assert.All(files, f => Assert.InRange(f.FileSizeBytes, 0, 200_000));
    }

    [Fact]
    public async Task A_small_budget_changes_no_row()
    {
        await using var roomy = Writer(mask: 7);
        await using var tight = Writer(mask: 7, budgetBytes: 2000);
        for (var i = 0; i < 30; i++)
        {
            var changes = Enumerable.Range(0, 40).Select(n => (n % 3 == 0 ? "-D " : "+I ") + (n + i) + " v").ToArray();
            await WriteAsync(roomy, changes);
            await WriteAsync(tight, changes);
        }

        Assert.Equal(await RowsByFileAsync(await roomy.FinishIntervalAsync(default)), await RowsByFileAsync(await tight.FinishIntervalAsync(default)));
    }

    [Fact]
    public async Task No_more_files_than_allowed_are_open_at_a_time()
    {
        // Four buckets through two open files: each round closes every file before its bucket comes again.
        var (boundedFiles, bounded) = await WriteRoundsAsync(openFilesMax: 2);
        var (freeFiles, free) = await WriteRoundsAsync(openFilesMax: 4);

        Assert.Equal((12, 4), (boundedFiles, freeFiles));
        Assert.Equal(free, bounded);

        async Task<(int Files, List<string> Rows)> WriteRoundsAsync(int openFilesMax)
        {
            await using var writer = Writer(openFilesMax: openFilesMax);
            for (var i = 0; i < 3; i++)
            {
                // Enough rows for each bucket to be written at once.
                await WriteAsync(writer, Enumerable.Range(0, 4 * 4096).Select(n => $"+I {n} {i}").ToArray());
            }

            var files = await writer.FinishIntervalAsync(default);
            return (files.Count, await RowsByBucketAsync(files));
        }
    }

    [Fact]
    public async Task Keys_of_closed_pairs_are_forgotten_and_an_open_one_is_not()
    {
        // Each key takes some 40 bytes: all 60,000 of them would not fit.
        await using var writer = Writer(budgetBytes: 1 << 20);
        await WriteAsync(writer, "-U -4 a");
        for (var i = 0; i < 20; i++)
        {
            await WriteAsync(writer, Enumerable.Range(3000 * i, 3000).SelectMany(n => new[] { $"-U {n} a", $"+U {n} b" }).ToArray());
        }

        await WriteAsync(writer, "+U -4 b");
        var files = await writer.FinishIntervalAsync(default);

        // A new image under the offset of the last pair: it found its old one.
        var rows = new List<object?[]>();
        foreach (var file in files.Where(f => Short(f)[2] == 'I'))
        {
            rows.AddRange(await StoredFiles.ReadAsync(_store, file));
        }

        Assert.Equal(60_001L, rows.Single(r => r[0] is -4)[2]);
        Assert.Equal(60_001, rows.Count);
    }

    [Fact]
    public async Task More_open_pairs_than_memory_are_refused()
    {
        await using var writer = Writer(budgetBytes: 1 << 20);

        var error = await Assert.ThrowsAsync<ArcticException>(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                await WriteAsync(writer, Enumerable.Range(3000 * i, 3000).Select(n => $"-U {n} a").ToArray());
            }
        });

        Assert.Equal(ErrorCodes.ResourcesExhausted, error.Code);
    }

    [Fact]
    public async Task Disposing_leaves_no_file()
    {
        var writer = Writer();
        await WriteAsync(writer, Enumerable.Range(0, 9000).Select(n => $"+I {n} v").ToArray());

        await writer.DisposeAsync();

        var left = new List<ObjectInfo>();
        await foreach (var file in _store.ListAsync("memory:///w", default))
        {
            left.Add(file);
        }

        Assert.Empty(left);
    }

    private static async Task WriteAsync(ChangeStoreWriter writer, params string[] changes)
    {
        using var batch = Batch(changes);
        await writer.WriteAsync(batch, default);
    }

    private static ChangeBatch Batch(params string[] changes)
    {
        var ids = ColumnBuilder.Create(DataTypes.Int);
        var names = ColumnBuilder.Create(DataTypes.String);
        var kinds = new List<RowKind>();
        foreach (var parts in changes.Select(c => c.Split(' ', 3)))
        {
            kinds.Add(parts[0] switch { "+I" => RowKind.Insert, "-U" => RowKind.UpdateBefore, "+U" => RowKind.UpdateAfter, _ => RowKind.Delete });
            ((FixedColumnBuilder<int>)ids).Append(int.Parse(parts[1], CultureInfo.InvariantCulture));
            ((BytesColumnBuilder)names).Append(parts[2]);
        }

        return new ChangeBatch(Columns.ToRowSchema(), [ids.Build(), names.Build()], kinds.Count, kinds.ToArray());
    }

    private static string Short(DataFile file)
    {
        var parts = file.FilePath[(file.FilePath.LastIndexOf('/') + 1)..].Replace(".parquet", "", StringComparison.Ordinal).Split('-');
        return $"{parts[0]}-{parts[1]}-{parts[^1]}";
    }

    private static string Operation(DataFile file) => file.FilePath.Split('-')[^2];

    private async Task<List<string>> RowsByFileAsync(IReadOnlyList<DataFile> files)
    {
        var lines = new List<string>();
        foreach (var file in files.OrderBy(Short, StringComparer.Ordinal))
        {
            lines.AddRange((await StoredFiles.ReadAsync(_store, file)).Select(r => Short(file) + ": " + string.Join(",", r)));
        }

        return lines;
    }

    private async Task<List<string>> RowsByBucketAsync(IReadOnlyList<DataFile> files)
    {
        var lines = new List<string>();
        foreach (var file in files.OrderBy(f => Short(f)[0]).ThenBy(f => f.FilePath[^13..], StringComparer.Ordinal))
        {
            lines.AddRange((await StoredFiles.ReadAsync(_store, file)).Select(r => Short(file)[..3] + ": " + string.Join(",", r)));
        }

        return lines;
    }

    private ChangeStoreWriter Writer(PartitionSpec? spec = null, int mask = 3, long fileBytesTarget = 128 << 20, long budgetBytes = 64 << 20, int openFilesMax = 64) => new(new ChangeStoreWriterRequest
    {
        Store = _store,
        Location = "memory:///w/t_change_",
        Schema = Columns,
        Spec = spec ?? PartitionSpec.Unpartitioned,
        Key = new PrimaryKey(Columns.ToRowSchema(), ["id"]),
        Mask = mask,
        IsUpsert = false,
        Subtask = 0,
        Random = new Random(1),
        Options = DataWriteOptions.Default with { FileBytesTarget = fileBytesTarget, OpenFilesMax = openFilesMax },
        Budget = new MemoryBudget("the test's writer", budgetBytes),
    });
}
