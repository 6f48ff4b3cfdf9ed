using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Ordering;

namespace Arctic.UnitTests.Dataflow.Operators;

public sealed class OrderingOperatorTests
{
    private static readonly RowSchema Schema = new(new Field("a", DataTypes.Int), new Field("s", DataTypes.String));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Top_n_is_always_the_window_of_the_sorted_rows(int seed)
    {
        var random = new Random(seed);
        var isInsertOnly = seed % 2 == 0;
        var (offset, count) = (random.Next(3), 1 + random.Next(5));
        SortColumn[] order = [new(0, random.Next(2) == 0, random.Next(2) == 0), new(1, random.Next(2) == 0, false)];
        var changelog = new RandomChangelog(random, RandomRow);
        await using var harness = Harness(() => new TopNOperator(Schema, order, offset, count, isInsertOnly, null));
        await harness.OpenAsync(1);

        for (var step = 0; step < 60; step++)
        {
            await harness.SendAsync(0, changelog.Next(Schema, 1 + random.Next(6), isInsertOnly));
            if (step % 9 == 8)
            {
                await harness.RestartAsync(1);
            }

            var expected = Sorted(changelog.Rows, order).Skip(offset).Take(count).Select(TestRows.Text).Order(StringComparer.Ordinal);
            Assert.Equal(expected, OperatorHarness.Materialize(harness.Changes, $"seed {seed}, step {step}"));
        }
    }

    [Fact]
    public async Task Row_that_leaves_the_window_goes_before_the_one_that_enters()
    {
        await using var harness = Harness(() => new TopNOperator(Schema, [new SortColumn(0, false, true)], 0, 2, true, null));
        await harness.OpenAsync(1);

        await harness.SendAsync(0, TestRows.Batch(Schema, [[5, "a"], [4, "b"], [6, "c"], [1, "d"]]));

        Assert.Equal(["+I 5|a", "+I 4|b", "-D 5|a", "+I 1|d"], Texts(harness));
    }

    [Fact]
    public async Task Limit_without_order_over_changes_fills_up_with_the_next_row()
    {
        await using var harness = Harness(() => new TopNOperator(Schema, [], 0, 1, false, null));
        await harness.OpenAsync(1);

        await harness.SendAsync(0, TestRows.Batch(Schema, [[5, "a"], [4, "b"], [5, "a"]], [RowKind.Insert, RowKind.Insert, RowKind.Delete]));

        Assert.Equal(["+I 5|a", "-D 5|a", "+I 4|b"], Texts(harness));
    }

    [Fact]
    public async Task Limit_counts_over_batches_and_restarts()
    {
        await using var harness = Harness(() => new LimitOperator(2, 3));
        await harness.OpenAsync(1);

        await harness.SendAsync(0, TestRows.Batch(Schema, [[1, null], [2, null], [3, null]]));
        await harness.RestartAsync(1);
        await harness.SendAsync(0, TestRows.Batch(Schema, [[4, null], [9, null], [5, null], [6, null]]).WithSelection(new[] { 0, 2, 3 }));
        await harness.SendAsync(0, TestRows.Batch(Schema, [[7, null]]));

        Assert.Equal(["+I 3|NULL", "+I 4|NULL", "+I 5|NULL"], Texts(harness));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Sort_emits_what_is_left_in_order(int seed)
    {
        var random = new Random(seed);
        SortColumn[] order = [new(0, seed == 1, seed == 2), new(1, seed == 2, false)];
        var changelog = new RandomChangelog(random, RandomRow);
        await using var harness = Harness(() => new SortOperator(Schema, order, null));
        await harness.OpenAsync(1);

        for (var step = 0; step < 30; step++)
        {
            await harness.SendAsync(0, changelog.Next(Schema, 10));
            if (step == 15)
            {
                await harness.RestartAsync(1);
            }
        }

        await harness.FinishAsync(0);
        Assert.Equal(Sorted(changelog.Rows, order).Select(TestRows.Text), harness.Changes.Select(c => TestRows.Text(c.Row)));
    }

    [Fact]
    public void Sort_keys_compare_as_the_values_do()
    {
        object?[][] ascending =
        [
            [null, "x"], [int.MinValue, ""], [-1, "a"], [-1, "a\0"], [-1, "a\0b"], [-1, "a\u0001"], [-1, "ab"], [0, "é"], [int.MaxValue, null],
        ];
        using var batch = TestRows.Batch(Schema, ascending);
        var up = new SortKeyEncoder(Schema, [new SortColumn(0, false, true), new SortColumn(1, false, true)]);
        var down = new SortKeyEncoder(Schema, [new SortColumn(0, true, false), new SortColumn(1, true, false)]);

        for (var i = 1; i < ascending.Length; i++)
        {
            Assert.True(up.Encode(batch.Columns, i - 1).AsSpan().SequenceCompareTo(up.Encode(batch.Columns, i)) < 0, $"row {i}");
            Assert.True(down.Encode(batch.Columns, i - 1).AsSpan().SequenceCompareTo(down.Encode(batch.Columns, i)) > 0, $"row {i}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Upsert_changes_become_a_full_changelog(int seed)
    {
        var random = new Random(seed);
        var newest = new Dictionary<int, string>();
        await using var harness = new OperatorHarness(() => new ChangelogNormalizeOperator(Schema, [0], 16, null), [new KeyGroupPartitioner(Schema, [0], 16)]);
        await harness.OpenAsync(2);

        for (var step = 0; step < 60; step++)
        {
            var rows = new List<object?[]>();
            var kinds = new List<RowKind>();
            for (var i = 0; i < 8; i++)
            {
                var key = random.Next(10);
                var isDelete = random.Next(3) == 0;
                rows.Add([key, isDelete ? null : $"v{random.Next(3)}"]);
                kinds.Add(isDelete ? RowKind.Delete : random.Next(2) == 0 ? RowKind.Insert : RowKind.UpdateAfter);
                _ = isDelete ? newest.Remove(key) : (newest[key] = (string)rows[^1][1]!) is null;
            }

            await harness.SendAsync(0, TestRows.Batch(Schema, rows, kinds));
            if (step % 10 == 9)
            {
                await harness.RestartAsync(1 + random.Next(3));
            }

            Assert.Equal(newest.Select(p => $"{p.Key}|{p.Value}").Order(StringComparer.Ordinal), OperatorHarness.Materialize(harness.Changes, $"seed {seed}, step {step}"));
        }
    }

    private static object?[] RandomRow(Random random) => [random.Next(5) == 0 ? null : random.Next(-4, 4), random.Next(5) == 0 ? null : $"s{random.Next(4)}"];

    private static IEnumerable<object?[]> Sorted(IEnumerable<object?[]> rows, SortColumn[] order) => rows.Order(Comparer<object?[]>.Create((x, y) =>
    {
        foreach (var column in order)
        {
            var (a, b) = (x[column.Index], y[column.Index]);
            var comparison = a is null || b is null
                ? (a is null ? 0 : 1).CompareTo(b is null ? 0 : 1) * (column.NullsFirst ? 1 : -1)
                : (a is int i ? i.CompareTo((int)b) : string.CompareOrdinal((string)a, (string)b)) * (column.IsDescending ? -1 : 1);
            if (comparison != 0)
            {
                return comparison;
            }
        }

        return 0;
    }));

    private static OperatorHarness Harness(Func<StreamOperator> create) => new(create, [new KeyGroupPartitioner(Schema, [], 16)]);

    private static List<string> Texts(OperatorHarness harness) => harness.Changes.Select(c => $"{c.Kind.ToShortText()} {TestRows.Text(c.Row)}").ToList();
}
