using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Aggregation;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.UnitTests.Dataflow.Operators;

public sealed class GroupAggregateOperatorTests
{
    private static readonly RowSchema Input = new(
        new Field("k", DataTypes.String), new Field("i", DataTypes.Int), new Field("d", DataTypes.Decimal(20, 2)), new Field("f", DataTypes.Double), new Field("s", DataTypes.String), new Field("b", DataTypes.Boolean));

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public async Task Changelog_adds_up_to_the_aggregates_of_what_is_there(int seed, bool isInsertOnly)
    {
        var random = new Random(seed);
        var changelog = new RandomChangelog(random, RandomRow);
        await using var harness = Harness(AllCalls(), isInsertOnly, ChangelogEmission.Full);
        await harness.OpenAsync(1 + random.Next(3));

        for (var step = 0; step < 60; step++)
        {
            await harness.SendAsync(0, changelog.Next(Input, 1 + random.Next(40), isInsertOnly));
            if (step % 13 == 12)
            {
                await harness.RestartAsync(1 + random.Next(4));
            }

            if (step % 10 == 9)
            {
                Assert.Equal(Model(changelog.Rows), OperatorHarness.Materialize(harness.Changes, $"seed {seed}, step {step}"));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Final_results_are_those_of_the_last_state(int seed)
    {
        var random = new Random(seed);
        var changelog = new RandomChangelog(random, RandomRow);
        await using var harness = Harness(AllCalls(), false, ChangelogEmission.FinalOnly);
        await harness.OpenAsync(2);

        for (var step = 0; step < 30; step++)
        {
            await harness.SendAsync(0, changelog.Next(Input, 30));
        }

        Assert.Empty(harness.Changes);
        await harness.FinishAsync(0);
        Assert.All(harness.Changes, c => Assert.Equal(RowKind.Insert, c.Kind));
        Assert.Equal(Model(changelog.Rows), OperatorHarness.Materialize(harness.Changes, $"seed {seed}"));
    }

    [Fact]
    public async Task First_row_inserts_a_change_updates_no_change_is_silent_and_the_last_row_deletes()
    {
        await using var harness = Harness([Call(AggregateFunction.Max, 1, DataTypes.Int)], false, ChangelogEmission.Full);
        await harness.OpenAsync(1);

        await harness.SendAsync(0, Batch(("+I", "a", 5), ("+I", "a", 3), ("+I", "a", 7), ("-U", "a", 7), ("+U", "a", 6), ("-D", "a", 3), ("-D", "a", 5), ("-D", "a", 6), ("+I", "a", 1)));

        Assert.Equal(["+I a|5", "-U a|5", "+U a|7", "-U a|7", "+U a|5", "-U a|5", "+U a|6", "-D a|6", "+I a|1"], Texts(harness));
    }

    [Fact]
    public async Task Retraction_of_an_unknown_group_is_dropped()
    {
        await using var harness = Harness([Call(AggregateFunction.Count, -1, DataTypes.BigInt)], false, ChangelogEmission.Full);
        await harness.OpenAsync(1);

        await harness.SendAsync(0, Batch(("-D", "a", 5), ("-U", "b", 1), ("+U", "b", 2)));

        Assert.Equal(["+I b|1"], Texts(harness));
    }

    [Fact]
    public async Task Global_aggregate_says_nothing_before_the_first_row_and_deletes_when_its_only_row_changes()
    {
        var spec = Spec([Call(AggregateFunction.Sum, 1, DataTypes.Int)], false, ChangelogEmission.Full) with { Keys = [], Output = new RowSchema(new Field("s", DataTypes.Int)) };
        await using var harness = new OperatorHarness(() => new GroupAggregateOperator(spec, null), [new KeyGroupPartitioner(Input, [], 16)]);
        await harness.OpenAsync(1);
        await harness.FinishAsync(0);

        await harness.SendAsync(0, Batch(("+I", "a", 5), ("-U", "a", 5), ("+U", "a", 7)));

        Assert.Equal(["+I 5", "-D 5", "+I 7"], Texts(harness));
    }

    [Fact]
    public async Task Update_before_is_left_out_when_nobody_wants_it()
    {
        await using var harness = Harness([Call(AggregateFunction.Count, -1, DataTypes.BigInt)], true, ChangelogEmission.WithoutUpdateBefore);
        await harness.OpenAsync(1);

        await harness.SendAsync(0, Batch(("+I", "a", 5), ("+I", "a", 6)));

        Assert.Equal(["+I a|1", "+U a|2"], Texts(harness));
    }

    [Fact]
    public async Task Single_value_refuses_a_second_row()
    {
        await using var harness = Harness([Call(AggregateFunction.SingleValue, 1, DataTypes.Int)], true, ChangelogEmission.Full);
        await harness.OpenAsync(1);

        var error = await Assert.ThrowsAsync<ArcticException>(() => harness.SendAsync(0, Batch(("+I", "a", 5), ("+I", "a", 6))));

        Assert.Equal(ErrorCodes.EvaluationFailed, error.Code);
    }

    [Fact]
    public async Task State_beyond_its_budget_is_an_error_that_says_what_to_do()
    {
        var budget = new MemoryBudget("state", 20_000);
        var spec = Spec([Call(AggregateFunction.Count, -1, DataTypes.BigInt)], true, ChangelogEmission.Full);
        await using (var harness = new OperatorHarness(() => new GroupAggregateOperator(spec, budget), [new KeyGroupPartitioner(Input, [0], 16)]))
        {
            await harness.OpenAsync(1);
            var error = await Assert.ThrowsAsync<ArcticException>(
                () => harness.SendAsync(0, Batch(Enumerable.Range(0, 1000).Select(i => ("+I", $"key {i}", (int?)i)).ToArray())));

            Assert.Equal(ErrorCodes.ResourcesExhausted, error.Code);
            Assert.Contains("'tested'", error.Message);
            Assert.Contains("arctic.state.memory-limit", error.Hint);
        }

        Assert.Equal(0, budget.BytesUsed);
    }

    private static AggregateCallSpec[] AllCalls() =>
    [
        Call(AggregateFunction.Count, -1, DataTypes.BigInt), Call(AggregateFunction.Count, 1, DataTypes.BigInt), Call(AggregateFunction.Count, 1, DataTypes.BigInt) with { IsDistinct = true },
        Call(AggregateFunction.Sum, 1, DataTypes.Int), Call(AggregateFunction.Sum0, 1, DataTypes.Int) with { Filter = 5 }, Call(AggregateFunction.Sum, 1, DataTypes.Int) with { IsDistinct = true, Filter = 5 },
        Call(AggregateFunction.Sum, 2, DataTypes.Decimal(38, 2)), Call(AggregateFunction.Avg, 2, DataTypes.Decimal(38, 6)), Call(AggregateFunction.Avg, 1, DataTypes.Int), Call(AggregateFunction.Sum, 3, DataTypes.Double),
        Call(AggregateFunction.Min, 1, DataTypes.Int), Call(AggregateFunction.Max, 3, DataTypes.Double), Call(AggregateFunction.Max, 4, DataTypes.String), Call(AggregateFunction.Min, 5, DataTypes.Boolean),
    ];

    // What the calls of AllCalls mean, row by row.
    private static List<string> Model(IReadOnlyList<object?[]> rows) => rows.GroupBy(r => (string?)r[0]).Select(g =>
    {
        var ints = g.Select(r => (int?)r[1]).OfType<int>().ToList();
        var filtered = g.Where(r => r[5] is true).Select(r => (int?)r[1]).OfType<int>().ToList();
        var decimals = g.Select(r => (Int128?)r[2]).OfType<Int128>().ToList();
        var doubles = g.Select(r => (double?)r[3]).OfType<double>().ToList();
        var texts = g.Select(r => (string?)r[4]).OfType<string>().ToList();
        var bools = g.Select(r => (bool?)r[5]).OfType<bool>().ToList();
        var sum = decimals.Aggregate((Int128)0, (a, b) => a + b);
        return TestRows.Text(
        [
            g.Key, (long)g.Count(), (long)ints.Count, (long)ints.Distinct().Count(),
            ints.Count == 0 ? null : Wrap(ints), Wrap(filtered), filtered.Count == 0 ? null : Wrap(filtered.Distinct()),
            decimals.Count == 0 ? null : sum, decimals.Count == 0 ? null : HalfUp(sum * 10_000, decimals.Count), ints.Count == 0 ? null : (int)(ints.Sum(i => (long)i) / ints.Count), doubles.Count == 0 ? null : doubles.Sum(),
            ints.Count == 0 ? null : ints.Min(), doubles.Count == 0 ? null : doubles.Max(), texts.Count == 0 ? null : texts.Max(StringComparer.Ordinal), bools.Count == 0 ? null : bools.Min(),
        ]);
    }).Order(StringComparer.Ordinal).ToList();

    private static int Wrap(IEnumerable<int> values) => values.Aggregate(0, (a, b) => unchecked(a + b));

    private static Int128 HalfUp(Int128 value, int count) => (Int128.Abs(value) * 2 + count) / (2 * count) * Int128.Sign(value);

    private static object?[] RandomRow(Random random)
    {
        object? OrNull(object value) => random.Next(5) == 0 ? null : value;

        // Halves add up without rounding, so that the order of a sum does not show.
        return
        [
            OrNull(random.Next(3) == 0 ? $"a key longer than twelve bytes {random.Next(4)}" : $"k{random.Next(4)}"), OrNull(random.Next(8) == 0 ? int.MaxValue : random.Next(-5, 5)), OrNull((Int128)random.Next(-10_000, 10_000)),
            OrNull(random.Next(-8, 8) / 2.0 + 0.0), OrNull($"t{random.Next(6)}"), OrNull(random.Next(2) == 0),
        ];
    }

    private static AggregateCallSpec Call(AggregateFunction function, int argument, DataType type) => new() { Function = function, Argument = argument, Type = type };

    private static GroupAggregateSpec Spec(AggregateCallSpec[] calls, bool isInsertOnly, ChangelogEmission emission) => new()
    {
        Input = Input,
        Keys = [0],
        Calls = new(calls),
        Output = new RowSchema(calls.Select((c, i) => new Field($"a{i}", c.Type)).Prepend(Input[0])),
        IsInputInsertOnly = isInsertOnly,
        Emission = emission,
        MaxParallelism = 16,
    };

    private static OperatorHarness Harness(AggregateCallSpec[] calls, bool isInsertOnly, ChangelogEmission emission)
    {
        var spec = Spec(calls, isInsertOnly, emission);
        return new OperatorHarness(() => new GroupAggregateOperator(spec, null), [new KeyGroupPartitioner(Input, [0], 16)]);
    }

    private static ChangeBatch Batch(params (string Kind, string Key, int? Value)[] rows) => TestRows.Batch(
        Input, rows.Select(r => new object?[] { r.Key, r.Value, null, null, null, null }).ToList(), rows.Select(r => Enum.GetValues<RowKind>().Single(k => k.ToShortText() == r.Kind)).ToList());

    private static List<string> Texts(OperatorHarness harness) => harness.Changes.Select(c => $"{c.Kind.ToShortText()} {TestRows.Text(c.Row)}").ToList();
}
