using Arctic.Columnar;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Reading;
using Arctic.KeyedTables.Stores;

namespace Arctic.UnitTests.KeyedTables;

public class SplitReaderTests
{
    private static readonly Schema Columns = new(0, [new NestedField(1, "id", IcebergTypes.Int, true), new NestedField(2, "name", IcebergTypes.String, false)], [1]);

    private readonly MemoryFiles _files = new();
    private readonly MemoryBudget _budget = new("the test", 1 << 20);

    // The worked example of spec/arctic.md, A.8.2.
    [Fact]
    public async Task The_worked_example_reads_as_specified()
    {
        var split = new MergeSplit(
            "s",
            "",
            KeyBucket.Root,
            [Base("base", 1, [5, "mary"]), Insert("i2", 2, [6, "mack", 1L]), Insert("i3", 3, [5, "lind", 2L]), Insert("i4", 4, [5, "lina", 1L])],
            [Delete("d3", 3, [5, "mary", 1L]), Delete("d4", 4, [5, "lind", 1L])]);

        Assert.Equal(["5|lina", "6|mack"], (await ReadAsync(split, [0, 1])).Order(StringComparer.Ordinal));
        Assert.Equal(0, _budget.BytesUsed);
    }

    [Fact]
    public async Task A_projection_needs_no_key()
    {
        var split = new MergeSplit("s", "", KeyBucket.Root, [Insert("i", 1, [1, "a", 1L], [2, "b", 2L])], [Delete("d", 2, [1, "a", 1L])]);

        Assert.Equal(["b"], await ReadAsync(split, [1]));
        Assert.Equal(["b|2"], await ReadAsync(split, [1, 0]));
    }

    [Fact]
    public async Task Deletes_beyond_the_budget_are_refused()
    {
        var rows = Enumerable.Range(0, 2000).Select(i => new object?[] { i, "x", (long)i }).ToArray();
        var split = new MergeSplit("s", "", KeyBucket.Root, [Insert("i", 1, [1, "a", 1L])], [Delete("d", 2, rows)]);
        var budget = new MemoryBudget("the deletes", 10_000);
        var reader = new MergeSplitReader(_files, new ReadColumns(Columns, Key(), [0]), budget);

        var error = await Assert.ThrowsAsync<Arctic.Columnar.Errors.ArcticException>(async () => await CollectAsync(reader.ReadAsync(split, SplitPosition.Start, default)));

        Assert.Equal(Arctic.Columnar.Errors.ErrorCodes.ResourcesExhausted, error.Code);
        Assert.Equal(0, budget.BytesUsed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Merged_rows_equal_a_slow_model_from_every_position(int seed)
    {
        var random = new Random(seed);
        var data = new List<MergeDataFile>();
        var deletes = new List<DeleteFileReference>();
        var model = new List<(string Row, int Key, ChangeSequence At)>();
        var deleteModel = new List<(int Key, ChangeSequence At)>();
        for (var i = 0; i < 6; i++)
        {
            var rows = Enumerable.Range(0, random.Next(0, 40)).Select(n => new object?[] { random.Next(12), $"f{i}r{n}", (long)random.Next(1, 30) }).OrderBy(r => r[2]).ToArray();
            var transaction = random.Next(1, 5);
            if (i < 2)
            {
                data.Add(Base($"b{i}", transaction, rows.Select(r => r[..2]).ToArray()));
                model.AddRange(rows.Select(r => ($"{r[0]}|{r[1]}", (int)r[0]!, new ChangeSequence(transaction, ChangeSequence.BaseOffset))));
            }
            else if (i < 4)
            {
                data.Add(Insert($"i{i}", transaction, rows));
                model.AddRange(rows.Select(r => ($"{r[0]}|{r[1]}", (int)r[0]!, new ChangeSequence(transaction, (long)r[2]!))));
            }
            else
            {
                deletes.Add(Delete($"d{i}", transaction, rows));
                deleteModel.AddRange(rows.Select(r => ((int)r[0]!, new ChangeSequence(transaction, (long)r[2]!))));
            }
        }

        var split = new MergeSplit("s", "", KeyBucket.Root, data, deletes);
        var expected = model.Where(r => !deleteModel.Any(d => d.Key == r.Key && d.At > r.At)).Select(r => r.Row).ToList();
        var reader = new MergeSplitReader(_files, new ReadColumns(Columns, Key(), [0, 1]), _budget);

        var steps = await StepsAsync(reader.ReadAsync(split, SplitPosition.Start, default));
        Assert.Equal(expected, steps.SelectMany(s => s.Rows));
        for (var i = 0; i < steps.Count; i++)
        {
            var rest = await CollectAsync(reader.ReadAsync(split, steps[i].Next, default));
            Assert.Equal(steps.Skip(i + 1).SelectMany(s => s.Rows), rest);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_changelog_comes_back_in_its_order_from_every_position(int seed)
    {
        var random = new Random(seed);
        var (inserts, deletes, expected) = (new List<object?[]>(), new List<object?[]>(), new List<string>());
        for (long offset = 1; offset < 200; offset++)
        {
            var id = random.Next(50);
            switch (random.Next(3))
            {
                case 0:
                    inserts.Add([id, $"v{offset}", offset]);
                    expected.Add($"+I {id}|v{offset}");
                    break;
                case 1:
                    deletes.Add([id, $"v{offset}", offset]);
                    expected.Add($"-D {id}|v{offset}");
                    break;
                default:
                    deletes.Add([id, $"old{offset}", offset]);
                    inserts.Add([id, $"new{offset}", offset]);
                    expected.Add($"-U {id}|old{offset}");
                    expected.Add($"+U {id}|new{offset}");
                    break;
            }
        }

        var cut = inserts.Count / 3;
        DataFile[] insertFiles = [Insert("i1", 1, inserts[..cut].ToArray()).File, Insert("i2", 1, inserts[cut..].ToArray()).File];
        var split = new ChangelogSplit("c", 1, "", KeyBucket.Root, insertFiles, [Delete("d", 1, deletes.ToArray()).File]);
        var reader = new ChangelogSplitReader(_files, new ReadColumns(Columns, Key(), [0, 1]), Key());

        var steps = await StepsAsync(reader.ReadAsync(split, null, SplitPosition.Start, default), withKinds: true);
        Assert.Equal(expected, steps.SelectMany(s => s.Rows));
        Assert.True(steps.Count > 3, "One window took all rows, so nothing was tested.");
        for (var i = 0; i < steps.Count; i++)
        {
            var rest = await StepsAsync(reader.ReadAsync(split, null, steps[i].Next, default), withKinds: true);
            Assert.Equal(steps.Skip(i + 1).SelectMany(s => s.Rows), rest.SelectMany(s => s.Rows));
        }

        // The halves of a node give together what the node gives.
        var halves = new List<string>();
        foreach (var half in (KeyBucket[])[KeyBucket.Root.Left, KeyBucket.Root.Right])
        {
            var part = (await StepsAsync(reader.ReadAsync(split, half, SplitPosition.Start, default), withKinds: true)).SelectMany(s => s.Rows).ToList();
            Assert.All(part, row => Assert.Equal(half.Index, (31 + int.Parse(row[3..row.IndexOf('|', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture)) & 1));
            halves.AddRange(part);
        }

        Assert.Equal(expected.Order(StringComparer.Ordinal), halves.Order(StringComparer.Ordinal));
    }

    private static PrimaryKey Key() => new(Columns.ToRowSchema(), ["id"]);

    private MergeDataFile Base(string name, long transaction, params object?[][] rows) =>
        new(_files.Add(name, Columns.Fields, rows), 1, true, transaction, []);

    private MergeDataFile Insert(string name, long transaction, params object?[][] rows) =>
        new(_files.Add(name, [.. Columns.Fields, HiddenColumns.FileOffset], rows), transaction, false, transaction, []);

    private DeleteFileReference Delete(string name, long transaction, params object?[][] rows) =>
        new(_files.Add(name, [.. Columns.Fields, HiddenColumns.FileOffset], rows), transaction);

    private async Task<List<string>> ReadAsync(MergeSplit split, int[] columns) =>
        await CollectAsync(new MergeSplitReader(_files, new ReadColumns(Columns, Key(), columns), _budget).ReadAsync(split, SplitPosition.Start, default));

    private static async Task<List<string>> CollectAsync(IAsyncEnumerable<SplitBatch> batches) => (await StepsAsync(batches)).SelectMany(s => s.Rows).ToList();

    private static async Task<List<(List<string> Rows, SplitPosition Next)>> StepsAsync(IAsyncEnumerable<SplitBatch> batches, bool withKinds = false)
    {
        var steps = new List<(List<string>, SplitPosition)>();
        await foreach (var (batch, next) in batches)
        {
            var rows = batch is null ? [] : TestRows.Changes(batch).Select(c => (withKinds ? c.Kind.ToShortText() + " " : "") + TestRows.Text(c.Row)).ToList();
            batch?.Dispose();
            steps.Add((rows, next));
        }

        return steps;
    }

    /// <summary>Files as rows in memory, read seven at a time.</summary>
    private sealed class MemoryFiles : IStoreFileReader
    {
        private readonly Dictionary<string, (IReadOnlyList<NestedField> Fields, object?[][] Rows)> _files = [];

        public DataFile Add(string name, IReadOnlyList<NestedField> fields, object?[][] rows)
        {
            _files.Add(name, (fields, rows));
            return new DataFile { FilePath = name, Format = FileFormat.Parquet, SpecId = 0, RecordCount = rows.Length, FileSizeBytes = 1 };
        }

        public async IAsyncEnumerable<StoreFileBatch> ReadAsync(
            StoreKind store,
            DataFile file,
            long dataSequence,
            IReadOnlyList<DataFile> positionDeletes,
            IReadOnlyList<NestedField> columns,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var (fields, rows) = _files[file.FilePath];
            var indices = columns.Select(c => fields.ToList().FindIndex(f => f.Id == c.Id)).ToArray();
            var schema = new RowSchema(columns.Select(TypeMapping.ToField));
            for (var start = 0; start < rows.Length; start += 7)
            {
                await Task.Yield();
                yield return new StoreFileBatch(TestRows.Batch(schema, rows.Skip(start).Take(7).Select(r => indices.Select(i => r[i]).ToArray()).ToArray()), start);
            }
        }
    }
}
