using Arctic.Columnar;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Aggregation;
using Arctic.Dataflow.Operators.Joins;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Ordering;
using Arctic.Dataflow.Operators.Over;
using Arctic.Dataflow.Operators.Ranking;

namespace Arctic.UnitTests.Dataflow.Operators;

/// <summary>OVER, Top-N, deduplication and joins by time against slow models, with restarts at other parallelisms.</summary>
public sealed class TimeOperatorTests
{
    private static readonly RowSchema Schema = TimedEvents.Schema;

    [Theory]
    [InlineData(1, "ROWS")]
    [InlineData(2, "ROWS")]
    [InlineData(1, "ROWS 2")]
    [InlineData(2, "ROWS 2")]
    [InlineData(1, "RANGE")]
    [InlineData(2, "RANGE")]
    [InlineData(1, "RANGE 15")]
    [InlineData(2, "RANGE 15")]
    public async Task Functions_over_time_see_the_rows_of_their_frame(int seed, string frame)
    {
        var random = new Random(seed);
        var events = new TimedEvents(random, disorderMillis: 20, delayMillis: 20);
        var bound = frame switch { "ROWS 2" => new OverBound(false, -2), "RANGE 15" => new OverBound(false, -15_000), _ => OverBound.UnboundedPreceding };
        var calls = new List<OverCallSpec>
        {
            Call(AggregateFunction.Sum, DataTypes.Int), Call(AggregateFunction.Max, DataTypes.Int), Call(AggregateFunction.Count, DataTypes.BigInt.AsNotNull()),
        };
        if (bound.IsUnbounded)
        {
            calls.Add(new OverCallSpec(OverFunction.RowNumber, null, DataTypes.BigInt.AsNotNull()));
            calls.Add(new OverCallSpec(OverFunction.Rank, null, DataTypes.BigInt.AsNotNull()));
            calls.Add(new OverCallSpec(OverFunction.Lag, null, DataTypes.Int) { Argument = 1, Offset = 2 });
        }

        var spec = new OverSpec
        {
            Input = Schema,
            Partition = [0],
            Order = [new SortColumn(2, false, true)],
            Frame = new OverFrame(frame.StartsWith("ROWS", StringComparison.Ordinal), bound, OverBound.CurrentRow),
            Calls = calls.ToEquatableList(),
            Output = new RowSchema(Schema.Fields.Concat(calls.Select((c, i) => new Field($"o{i}", c.Type)))),
            MaxParallelism = 16,
        };
        await using var harness = new OperatorHarness(() => new TimeOverOperator(spec, 2, null), [new KeyGroupPartitioner(Schema, [0], 16)]);
        await harness.OpenAsync(2);
        var all = new List<Event>();

        for (var step = 0; step < 60; step++)
        {
            var rows = events.Next(1 + random.Next(6));
            all.AddRange(rows);
            await harness.SendAsync(0, TimedEvents.Batch(rows));
            await harness.AdvanceAsync(step == 59 ? long.MaxValue : events.Advance());
            if (step % 7 == 6)
            {
                await harness.RestartAsync(1 + random.Next(4));
            }
        }

        Assert.Equal(Answers(all, spec).Order(StringComparer.Ordinal), OperatorHarness.Materialize(harness.Changes, $"seed {seed}, {frame}"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Partitions_of_bounded_ranges_are_forgotten_when_they_have_been_silent(int seed)
    {
        var random = new Random(seed);
        var events = new TimedEvents(random, 20, 20);
        var spec = new OverSpec
        {
            Input = Schema,
            Partition = [0],
            Order = [new SortColumn(2, false, true)],
            Frame = new OverFrame(false, new OverBound(false, -15_000), OverBound.CurrentRow),
            Calls = [Call(AggregateFunction.Sum, DataTypes.Int)],
            Output = new RowSchema(Schema.Fields.Append(new Field("s", DataTypes.Int))),
            MaxParallelism = 16,
        };
        await using var harness = new OperatorHarness(() => new TimeOverOperator(spec, 2, null), [new KeyGroupPartitioner(Schema, [0], 16)]);
        await harness.OpenAsync(1);
        await harness.SendAsync(0, TimedEvents.Batch(events.Next(50)));

        await harness.AdvanceAsync(long.MaxValue);

        Assert.Equal(50, harness.Changes.Count);
        Assert.Equal(0, await harness.KeyedStateBytesAsync());
    }

    [Theory]
    [InlineData(1, false, true)]
    [InlineData(2, false, false)]
    [InlineData(3, true, true)]
    [InlineData(4, true, false)]
    [InlineData(5, false, true)]
    [InlineData(6, false, false)]
    public async Task First_rows_of_partitions_are_always_those_of_the_sorted_rows(int seed, bool isInsertOnly, bool givesNumber)
    {
        var random = new Random(seed);
        var schema = new RowSchema(new Field("k", DataTypes.Int), new Field("n", DataTypes.Int), new Field("s", DataTypes.String));
        var start = 1 + random.Next(2);
        var end = start + random.Next(3);
        var spec = new RankSpec
        {
            Input = schema,
            Partition = [0],
            Order = [new SortColumn(1, seed % 2 == 0, true), new SortColumn(2, false, true)],
            Start = start,
            End = end,
            GivesNumber = givesNumber,
            Output = givesNumber ? new RowSchema(schema.Fields.Append(new Field("rn", DataTypes.BigInt.AsNotNull()))) : schema,
            IsInputInsertOnly = isInsertOnly,
            MaxParallelism = 16,
        };
        var changelog = new RandomChangelog(random, r => [r.Next(3), r.Next(5) == 0 ? null : r.Next(6), $"s{r.Next(4)}"]);
        await using var harness = new OperatorHarness(() => new RankOperator(spec, null), [new KeyGroupPartitioner(schema, [0], 16)]);
        await harness.OpenAsync(2);

        for (var step = 0; step < 60; step++)
        {
            await harness.SendAsync(0, changelog.Next(schema, 1 + random.Next(6), isInsertOnly));
            if (step % 9 == 8)
            {
                await harness.RestartAsync(1 + random.Next(4));
            }

            var expected = changelog.Rows.GroupBy(r => r[0]).SelectMany(g =>
                (seed % 2 == 0 ? g.OrderByDescending(r => r[1] is int n ? n : int.MaxValue) : g.OrderBy(r => r[1] is int n ? n : int.MinValue))
                    .ThenBy(r => (string)r[2]!, StringComparer.Ordinal)
                    .Select((r, i) => (Row: r, Number: i + 1)).Where(r => r.Number >= start && r.Number <= end)
                    .Select(r => TestRows.Text(givesNumber ? [.. r.Row, r.Number] : r.Row)));
            Assert.Equal(expected.Order(StringComparer.Ordinal), OperatorHarness.Materialize(harness.Changes, $"seed {seed}, step {step}"));
        }
    }

    [Fact]
    public async Task First_row_of_a_key_by_time_is_told_once()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            await FirstRowIsToldOnceAsync(seed);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Last_row_of_a_key_by_time_is_always_there(int seed)
    {
        var random = new Random(seed);
        var events = new TimedEvents(random, 20, 0);
        await using var harness = new OperatorHarness(() => new DeduplicateOperator(Deduplication(), DeduplicateKeep.Last, 2, null), [new KeyGroupPartitioner(Schema, [0], 16)]);
        await harness.OpenAsync(2);
        var all = new List<Event>();

        for (var step = 0; step < 30; step++)
        {
            var rows = events.Next(1 + random.Next(5));
            all.AddRange(rows);
            await harness.SendAsync(0, TimedEvents.Batch(rows));
            await harness.RestartAsync(1 + random.Next(4));

            var expected = all.GroupBy(r => r.Key).Select(g => Text(g.Last(r => r.Time == g.Max(x => x.Time)))).Order(StringComparer.Ordinal);
            Assert.Equal(expected, OperatorHarness.Materialize(harness.Changes, $"seed {seed}, step {step}"));
        }
    }

    [Theory]
    [InlineData(nameof(JoinType.Inner), 1)]
    [InlineData(nameof(JoinType.LeftOuter), 2)]
    [InlineData(nameof(JoinType.RightOuter), 3)]
    [InlineData(nameof(JoinType.FullOuter), 4)]
    public async Task Rows_are_joined_within_the_interval_and_then_let_go(string join, int seed)
    {
        var type = Enum.Parse<JoinType>(join);
        const int lower = -12, upper = 5;
        var random = new Random(seed);
        var (left, right) = (new TimedEvents(random, 15, 15), new TimedEvents(random, 15, 15));
        var output = new RowSchema(Schema.Fields.Concat(Schema.Fields).Select((f, i) => new Field($"c{i}", f.Type.AsNullable())));
        Expression.ColumnReference Column(int index) => new(index, $"c{index}", output[index].Type);
        var condition = ScalarFunctions.And.Bind(
        [
            ScalarFunctions.GreaterThanOrEqual.Bind([Column(2), ScalarFunctions.Plus.Bind([Column(5), new Expression.Literal((long)lower, new DataType.IntervalDayTime().AsNotNull())])]),
            ScalarFunctions.LessThanOrEqual.Bind([Column(2), ScalarFunctions.Plus.Bind([Column(5), new Expression.Literal((long)upper, new DataType.IntervalDayTime().AsNotNull())])]),
        ]);
        var spec = new JoinSpec
        {
            Left = Schema,
            Right = Schema,
            Type = type,
            LeftKeys = [0],
            RightKeys = [0],
            NullsMatch = [false],
            Residual = new JoinResidual(() => ExpressionCompiler.Compile(condition, EvaluationSettings.Default), [2, 5]),
            Output = output,
            MaxParallelism = 16,
        };
        var partitioner = new KeyGroupPartitioner(Schema, [0], 16);
        await using var harness = new OperatorHarness(() => new IntervalJoinOperator(spec, new JoinInterval(2, 2, lower, upper), null), [partitioner, partitioner]);
        await harness.OpenAsync(2);
        var (leftRows, rightRows) = (new List<Event>(), new List<Event>());

        for (var step = 0; step < 300; step++)
        {
            var rows = left.Next(1 + random.Next(5));
            leftRows.AddRange(rows);
            await harness.SendAsync(0, TimedEvents.Batch(rows));
            rows = right.Next(1 + random.Next(5));
            rightRows.AddRange(rows);
            await harness.SendAsync(1, TimedEvents.Batch(rows));
            await harness.AdvanceAsync(step == 299 ? long.MaxValue : Math.Min(left.Advance(), right.Advance()));
            if (step % 9 == 8)
            {
                await harness.RestartAsync(1 + random.Next(4));
            }
        }

        bool Match(Event l, Event r) => l.Key == r.Key && l.Time - r.Time >= lower && l.Time - r.Time <= upper;
        var expected = leftRows.SelectMany(l => rightRows.Where(r => Match(l, r)).Select(r => $"{Text(l)}|{Text(r)}"))
            .Concat(type is JoinType.LeftOuter or JoinType.FullOuter ? leftRows.Where(l => !rightRows.Exists(r => Match(l, r))).Select(l => $"{Text(l)}|NULL|NULL|NULL") : [])
            .Concat(type is JoinType.RightOuter or JoinType.FullOuter ? rightRows.Where(r => !leftRows.Exists(l => Match(l, r))).Select(r => $"NULL|NULL|NULL|{Text(r)}") : []);
        Assert.All(harness.Changes, c => Assert.Equal(RowKind.Insert, c.Kind));
        Assert.Equal(expected.Order(StringComparer.Ordinal), OperatorHarness.Materialize(harness.Changes, $"{type}, seed {seed}"));
        Assert.Equal(0, await harness.KeyedStateBytesAsync());
    }

    [Theory]
    [InlineData(nameof(JoinType.Inner), 1)]
    [InlineData(nameof(JoinType.Inner), 2)]
    [InlineData(nameof(JoinType.LeftOuter), 3)]
    [InlineData(nameof(JoinType.LeftOuter), 4)]
    public async Task Each_row_meets_the_version_of_its_time(string join, int seed)
    {
        var type = Enum.Parse<JoinType>(join);
        var random = new Random(seed);
        var (left, right) = (new TimedEvents(random, 15, 15), new TimedEvents(random, 15, 15));
        var output = new RowSchema(Schema.Fields.Concat(Schema.Fields).Select((f, i) => new Field($"c{i}", f.Type.AsNullable())));
        var spec = new JoinSpec { Left = Schema, Right = Schema, Type = type, LeftKeys = [0], RightKeys = [0], NullsMatch = [false], Output = output, MaxParallelism = 16 };
        var partitioner = new KeyGroupPartitioner(Schema, [0], 16);
        await using var harness = new OperatorHarness(() => new TemporalJoinOperator(spec, 2, 2, null), [partitioner, partitioner]);
        await harness.OpenAsync(2);
        var leftRows = new List<Event>();
        var versions = new Dictionary<(string Key, long Time), Event?>();

        for (var step = 0; step < 40; step++)
        {
            var rows = left.Next(1 + random.Next(5));
            leftRows.AddRange(rows);
            await harness.SendAsync(0, TimedEvents.Batch(rows));
            rows = right.Next(1 + random.Next(3));
            var kinds = rows.Select(_ => random.Next(4) == 0 ? RowKind.Delete : RowKind.UpdateAfter).ToList();
            rows.Zip(kinds).ToList().ForEach(r => versions[(r.First.Key, r.First.Time)] = r.Second == RowKind.Delete ? null : r.First);
            await harness.SendAsync(1, TestRows.Batch(Schema, rows.Select(e => new object?[] { e.Key, e.Number, e.Time * 1000 }).ToList(), kinds));
            await harness.AdvanceAsync(step == 39 ? long.MaxValue : Math.Min(left.Advance(), right.Advance()));
            if (step % 9 == 8)
            {
                await harness.RestartAsync(1 + random.Next(4));
            }
        }

        var expected = leftRows.Select(l => (Left: l, Right: versions.Where(v => v.Key.Key == l.Key && v.Key.Time <= l.Time).OrderBy(v => v.Key.Time).Select(v => v.Value).LastOrDefault()))
            .Where(p => p.Right is not null || type == JoinType.LeftOuter)
            .Select(p => $"{Text(p.Left)}|{(p.Right is null ? "NULL|NULL|NULL" : Text(p.Right))}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), OperatorHarness.Materialize(harness.Changes, $"{type}, seed {seed}"));

        // One version of each key is valid at the end of time, at most.
        Assert.InRange(await harness.KeyedStateBytesAsync(), 0, 4 * 100);
    }

    private static async Task FirstRowIsToldOnceAsync(int seed)
    {
        var random = new Random(seed);
        var events = new TimedEvents(random, 20, 20);
        await using var harness = new OperatorHarness(() => new DeduplicateOperator(Deduplication(), DeduplicateKeep.First, 2, null), [new KeyGroupPartitioner(Schema, [0], 16)]);
        await harness.OpenAsync(2);
        var all = new List<Event>();

        for (var step = 0; step < 30; step++)
        {
            var rows = events.Next(1 + random.Next(3));
            all.AddRange(rows);
            await harness.SendAsync(0, TimedEvents.Batch(rows));
            await harness.AdvanceAsync(step == 29 ? long.MaxValue : events.Advance());
            await harness.RestartAsync(1 + random.Next(4));
        }

        Assert.All(harness.Changes, c => Assert.Equal(RowKind.Insert, c.Kind));
        Assert.Equal(
            all.GroupBy(r => r.Key).Select(g => Text(g.MinBy(r => r.Time)!)).Order(StringComparer.Ordinal),
            harness.Changes.Select(c => TestRows.Text(c.Row)).Order(StringComparer.Ordinal));
    }

    private static OverCallSpec Call(AggregateFunction function, DataType type) => new(OverFunction.Aggregate, new AggregateCallSpec { Function = function, Argument = 1, Type = type }, type);

    private static RankSpec Deduplication() => new()
    {
        Input = Schema,
        Partition = [0],
        Order = [new SortColumn(2, false, true)],
        Start = 1,
        End = 1,
        GivesNumber = false,
        Output = Schema,
        IsInputInsertOnly = true,
        MaxParallelism = 16,
    };

    private static string Text(Event row) => $"{row.Key}|{row.Number}|{row.Time * 1000}";

    // Row by row over the whole partition.
    private static IEnumerable<string> Answers(List<Event> all, OverSpec spec)
    {
        foreach (var partition in all.GroupBy(e => e.Key).Select(g => g.OrderBy(e => e.Time).ToList()))
        {
            for (var i = 0; i < partition.Count; i++)
            {
                var row = partition[i];
                var end = spec.Frame.IsRows ? i : partition.FindLastIndex(e => e.Time == row.Time);
                var start = spec.Frame.Start.IsUnbounded ? 0
                    : spec.Frame.IsRows ? Math.Max(0, i + (int)spec.Frame.Start.Distance)
                    : partition.FindIndex(e => e.Time >= row.Time + spec.Frame.Start.Distance / 1000);
                var frame = partition[start..(end + 1)];
                var text = $"{Text(row)}|{frame.Sum(e => e.Number)}|{frame.Max(e => e.Number)}|{frame.Count}";
                yield return !spec.Frame.Start.IsUnbounded ? text : $"{text}|{i + 1}|{partition.FindIndex(e => e.Time == row.Time) + 1}|{(i >= 2 ? partition[i - 2].Number : "NULL")}";
            }
        }
    }
}
