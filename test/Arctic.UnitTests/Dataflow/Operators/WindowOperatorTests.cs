using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Aggregation;
using Arctic.Dataflow.Operators.Joins;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Ordering;
using Arctic.Dataflow.Operators.Ranking;
using Arctic.Dataflow.Operators.Windows;

namespace Arctic.UnitTests.Dataflow.Operators;

/// <summary>Windows of time against slow models, with late rows, and with restarts at other parallelisms.</summary>
public sealed class WindowOperatorTests
{
    private const int Size = 40;

    private static readonly Field[] WindowFields =
    [
        new("window_start", DataTypes.Timestamp(3).AsNotNull()), new("window_end", DataTypes.Timestamp(3).AsNotNull()), new("window_time", DataTypes.Timestamp(3).AsNotNull()),
    ];

    private static readonly RowSchema Windowed = new(TimedEvents.Schema.Fields.Concat(WindowFields));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Groups_are_those_of_the_rows_that_came_before_their_window_was_over(int seed)
    {
        var random = new Random(seed);
        var events = new TimedEvents(random, disorderMillis: 60, delayMillis: 20);
        var output = new RowSchema(new Field("k", DataTypes.String), WindowFields[0], WindowFields[1], new Field("c", DataTypes.BigInt.AsNotNull()), new Field("s", DataTypes.Int));
        var spec = new GroupAggregateSpec
        {
            Input = Windowed,
            Keys = [0, 3, 4],
            Calls =
            [
                new AggregateCallSpec { Function = AggregateFunction.Count, Argument = -1, Type = output[3].Type },
                new AggregateCallSpec { Function = AggregateFunction.Sum, Argument = 1, Type = output[4].Type },
            ],
            Output = output,
            IsInputInsertOnly = true,
            Emission = ChangelogEmission.Full,
            MaxParallelism = 16,
        };
        await using var harness = new OperatorHarness(() => new WindowAggregateOperator(spec, new WindowEnds(4, null), null), [new KeyGroupPartitioner(Windowed, [0, 3, 4], 16)]);
        await harness.OpenAsync(2);
        var groups = new Dictionary<(string Key, long Start), (long Count, int Sum)>();

        for (var step = 0; step < 60; step++)
        {
            var rows = events.Next(1 + random.Next(9));
            await harness.SendAsync(0, TestRows.Batch(Windowed, rows.Select(Put).ToList()));
            foreach (var row in rows.Where(r => StartOf(r.Time) + Size - 1 > events.Watermark))
            {
                var group = groups.GetValueOrDefault((row.Key, StartOf(row.Time)));
                groups[(row.Key, StartOf(row.Time))] = (group.Count + 1, group.Sum + row.Number);
            }

            await harness.AdvanceAsync(events.Advance());
            if (step % 7 == 6)
            {
                await harness.RestartAsync(1 + random.Next(4));
            }
        }

        await harness.AdvanceAsync(long.MaxValue);

        var expected = groups.Select(g => $"{g.Key.Key}|{g.Key.Start * 1000}|{(g.Key.Start + Size) * 1000}|{g.Value.Count}|{g.Value.Sum}").Order(StringComparer.Ordinal);
        Assert.Equal(expected, OperatorHarness.Materialize(harness.Changes, $"seed {seed}"));
        Assert.Equal(0, await harness.KeyedStateBytesAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Sessions_are_those_that_the_rows_open_and_join(int seed)
    {
        const int gap = 12;
        var random = new Random(seed);
        var events = new TimedEvents(random, disorderMillis: 30, delayMillis: 15);
        var window = new TimeWindow(TimeWindowKind.Session, 2, gap) { Partition = [0] };
        await using var harness = new OperatorHarness(() => new SessionWindowOperator(window, TimedEvents.Schema, Windowed, TimeZoneInfo.Utc, 16, null), [new KeyGroupPartitioner(TimedEvents.Schema, [0], 16)]);
        await harness.OpenAsync(3);
        var open = new List<(long Start, long End, List<Event> Rows)>();
        var expected = new List<string>();

        for (var step = 0; step < 60; step++)
        {
            var rows = events.Next(1 + random.Next(6));
            await harness.SendAsync(0, TimedEvents.Batch(rows));
            rows.ForEach(row => Open(row, open, gap, events.Watermark));
            var watermark = step == 59 ? long.MaxValue : events.Advance();
            await harness.AdvanceAsync(watermark);
            foreach (var session in open.FindAll(s => s.End - 1 <= watermark))
            {
                open.Remove(session);
                expected.AddRange(session.Rows.Select(r => $"{r.Key}|{r.Number}|{r.Time * 1000}|{session.Start * 1000}|{session.End * 1000}|{(session.End - 1) * 1000}"));
            }

            if (step % 7 == 6)
            {
                await harness.RestartAsync(1 + random.Next(4));
            }
        }

        Assert.Equal(expected.Order(StringComparer.Ordinal), OperatorHarness.Materialize(harness.Changes, $"seed {seed}"));
        Assert.Equal(0, await harness.KeyedStateBytesAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task First_rows_of_a_window_are_told_at_its_end(int seed)
    {
        var random = new Random(seed);
        var events = new TimedEvents(random, disorderMillis: 60, delayMillis: 20);
        var spec = new RankSpec
        {
            Input = Windowed,
            Partition = [0, 3, 4],
            Order = [new SortColumn(1, true, false), new SortColumn(2, false, true)],
            Start = 1,
            End = 2,
            GivesNumber = true,
            Output = new RowSchema(Windowed.Fields.Append(new Field("rn", DataTypes.BigInt.AsNotNull()))),
            IsInputInsertOnly = true,
            MaxParallelism = 16,
        };
        await using var harness = new OperatorHarness(() => new WindowRankOperator(spec, RankTies.FirstCame, new WindowEnds(4, null), null), [new KeyGroupPartitioner(Windowed, [0, 3, 4], 16)]);
        await harness.OpenAsync(2);
        var kept = new List<Event>();

        for (var step = 0; step < 50; step++)
        {
            var rows = events.Next(1 + random.Next(9));
            await harness.SendAsync(0, TestRows.Batch(Windowed, rows.Select(Put).ToList()));
            kept.AddRange(rows.Where(r => StartOf(r.Time) + Size - 1 > events.Watermark));
            await harness.AdvanceAsync(step == 49 ? long.MaxValue : events.Advance());
            if (step % 9 == 8)
            {
                await harness.RestartAsync(1 + random.Next(4));
            }
        }

        var expected = kept.GroupBy(r => (r.Key, StartOf(r.Time)))
            .SelectMany(g => g.OrderByDescending(r => r.Number).ThenBy(r => r.Time).Take(2).Select((r, i) => TestRows.Text([.. Put(r), i + 1])))
            .Order(StringComparer.Ordinal);
        Assert.Equal(expected, OperatorHarness.Materialize(harness.Changes, $"seed {seed}"));
        Assert.Equal(0, await harness.KeyedStateBytesAsync());
    }

    [Theory]
    [InlineData(nameof(JoinType.Inner))]
    [InlineData(nameof(JoinType.LeftOuter))]
    [InlineData(nameof(JoinType.RightOuter))]
    [InlineData(nameof(JoinType.FullOuter))]
    [InlineData(nameof(JoinType.LeftSemi))]
    [InlineData(nameof(JoinType.LeftAnti))]
    public async Task Rows_of_one_window_are_joined_at_its_end(string join)
    {
        var type = Enum.Parse<JoinType>(join);
        var random = new Random(5);
        var (left, right) = (new TimedEvents(random, 20, 20), new TimedEvents(random, 20, 20));
        var isLeftOnly = type is JoinType.LeftSemi or JoinType.LeftAnti;
        var output = new RowSchema((isLeftOnly ? Windowed.Fields : Windowed.Fields.Concat(Windowed.Fields)).Select((f, i) => new Field($"c{i}", f.Type.AsNullable())));
        var spec = new JoinSpec { Left = Windowed, Right = Windowed, Type = type, LeftKeys = [0, 3, 4], RightKeys = [0, 3, 4], NullsMatch = [false, false, false], Output = output, MaxParallelism = 16 };
        var partitioner = new KeyGroupPartitioner(Windowed, [0, 3, 4], 16);
        await using var harness = new OperatorHarness(() => new WindowJoinOperator(spec, new WindowEnds(4, null), new WindowEnds(4, null), null), [partitioner, partitioner]);
        await harness.OpenAsync(2);
        var (leftRows, rightRows) = (new List<Event>(), new List<Event>());

        for (var step = 0; step < 40; step++)
        {
            var rows = left.Next(1 + random.Next(4));
            leftRows.AddRange(rows);
            await harness.SendAsync(0, TestRows.Batch(Windowed, rows.Select(Put).ToList()));
            rows = right.Next(1 + random.Next(4));
            rightRows.AddRange(rows);
            await harness.SendAsync(1, TestRows.Batch(Windowed, rows.Select(Put).ToList()));
            await harness.AdvanceAsync(step == 39 ? long.MaxValue : Math.Min(left.Advance(), right.Advance()));
            if (step % 9 == 8)
            {
                await harness.RestartAsync(1 + random.Next(4));
            }
        }

        Assert.All(harness.Changes, c => Assert.Equal(RowKind.Insert, c.Kind));
        Assert.Equal(Joined(type, leftRows, rightRows), OperatorHarness.Materialize(harness.Changes, type.ToString()));
        Assert.Equal(0, await harness.KeyedStateBytesAsync());
    }

    private static long StartOf(long time) => time / Size * Size;

    private static object?[] Put(Event row) => [row.Key, row.Number, row.Time * 1000, StartOf(row.Time) * 1000, (StartOf(row.Time) + Size) * 1000, (StartOf(row.Time) + Size - 1) * 1000];

    private static void Open(Event row, List<(long Start, long End, List<Event> Rows)> open, int gap, long watermark)
    {
        var touched = open.FindAll(s => s.Rows[0].Key == row.Key && s.Start <= row.Time + gap && s.End >= row.Time);
        var merged = (Start: touched.Select(s => s.Start).Append(row.Time).Min(), End: touched.Select(s => s.End).Append(row.Time + gap).Max(), Rows: touched.SelectMany(s => s.Rows).Append(row).ToList());
        if (merged.End - 1 > watermark)
        {
            open.RemoveAll(touched.Contains);
            open.Add(merged);
        }
    }

    private static List<string> Joined(JoinType type, List<Event> left, List<Event> right)
    {
        bool Match(Event l, Event r) => l.Key == r.Key && StartOf(l.Time) == StartOf(r.Time);
        var nulls = new object?[Windowed.Count];
        var pairs = left.SelectMany(l => right.Where(r => Match(l, r)).Select(r => (object?[])[.. Put(l), .. Put(r)]));
        var leftAlone = left.Where(l => !right.Exists(r => Match(l, r))).ToList();
        var rightAlone = right.Where(r => !left.Exists(l => Match(l, r))).Select(r => (object?[])[.. nulls, .. Put(r)]);
        IEnumerable<object?[]> rows = type switch
        {
            JoinType.LeftSemi => left.Except(leftAlone, ReferenceEqualityComparer.Instance).Cast<Event>().Select(Put),
            JoinType.LeftAnti => leftAlone.Select(Put),
            _ => pairs
                .Concat(type is JoinType.LeftOuter or JoinType.FullOuter ? leftAlone.Select(l => (object?[])[.. Put(l), .. nulls]) : [])
                .Concat(type is JoinType.RightOuter or JoinType.FullOuter ? rightAlone : []),
        };
        return rows.Select(TestRows.Text).Order(StringComparer.Ordinal).ToList();
    }
}
