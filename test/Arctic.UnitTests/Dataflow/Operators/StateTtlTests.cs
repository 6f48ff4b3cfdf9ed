using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators;
using Arctic.Dataflow.Operators.Aggregation;
using Arctic.Dataflow.Operators.Joins;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Ordering;
using Arctic.Dataflow.Operators.Over;
using Arctic.Dataflow.Operators.Ranking;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Dataflow.Operators;

/// <summary>State that has been idle for its time to live is forgotten, and starts anew.</summary>
public sealed class StateTtlTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(10);
    private static readonly RowSchema Schema = new(new Field("k", DataTypes.Int), new Field("n", DataTypes.Int));

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Group_counts_anew_when_it_has_been_idle()
    {
        var spec = new GroupAggregateSpec
        {
            Input = Schema,
            Keys = [0],
            Calls = [new AggregateCallSpec { Function = AggregateFunction.Sum, Argument = 1, Type = DataTypes.Int }],
            Output = Schema,
            IsInputInsertOnly = true,
            Emission = ChangelogEmission.Full,
            MaxParallelism = 16,
        };
        await using var harness = Harness(() => new GroupAggregateOperator(spec, null, Ttl));
        await harness.OpenAsync(1);

        await SendAsync(harness, 0, [1, 5], [2, 7]);
        _time.Advance(TimeSpan.FromSeconds(9));
        await SendAsync(harness, 0, [1, 1]);
        _time.Advance(TimeSpan.FromSeconds(9));
        await SendAsync(harness, 0, [1, 1], [2, 1]);

        Assert.Equal(["+I 1|5", "+I 2|7", "-U 1|5", "+U 1|6", "-U 1|6", "+U 1|7", "+I 2|1"], Texts(harness));
    }

    [Fact]
    public async Task Join_forgets_rows_that_were_not_written()
    {
        var output = new RowSchema(new Field("k", DataTypes.Int), new Field("n", DataTypes.Int), new Field("k0", DataTypes.Int), new Field("n0", DataTypes.Int));
        var spec = new JoinSpec { Left = Schema, Right = Schema, Type = JoinType.Inner, LeftKeys = [0], RightKeys = [0], NullsMatch = [false], Output = output, MaxParallelism = 16 };
        await using var harness = Harness(() => new RegularJoinOperator(spec, null, Ttl));
        await harness.OpenAsync(1);

        await SendAsync(harness, 0, [1, 5]);
        _time.Advance(TimeSpan.FromSeconds(6));
        await SendAsync(harness, 0, [1, 6]);
        _time.Advance(TimeSpan.FromSeconds(6));
        await SendAsync(harness, 1, [1, 9]);

        Assert.Equal(["+I 1|6|1|9"], Texts(harness));
        _time.Advance(Ttl);
        await harness.OnTimeAsync(_time.GetUtcNow());
        Assert.Equal(0, await harness.KeyedStateBytesAsync());
    }

    [Fact]
    public async Task First_rows_of_an_idle_partition_are_forgotten_without_rows_coming()
    {
        var spec = new RankSpec
        {
            Input = Schema,
            Partition = [0],
            Order = [new SortColumn(1, false, true)],
            Start = 1,
            End = 2,
            GivesNumber = false,
            Output = Schema,
            IsInputInsertOnly = true,
            MaxParallelism = 16,
        };
        await using var harness = Harness(() => new RankOperator(spec, null, Ttl));
        await harness.OpenAsync(1);
        await SendAsync(harness, 0, [1, 5], [1, 6], [2, 1]);

        _time.Advance(Ttl);
        await harness.OnTimeAsync(_time.GetUtcNow());

        Assert.Equal(0, await harness.KeyedStateBytesAsync());
        await SendAsync(harness, 0, [1, 9]);
        Assert.Equal("+I 1|9", Texts(harness)[^1]);
    }

    [Fact]
    public async Task Key_that_was_forgotten_is_new_again()
    {
        var spec = new RankSpec
        {
            Input = Schema,
            Partition = [0],
            Order = [new SortColumn(1, false, true)],
            Start = 1,
            End = 1,
            GivesNumber = false,
            Output = Schema,
            IsInputInsertOnly = true,
            MaxParallelism = 16,
        };
        await using var first = Harness(() => new DeduplicateOperator(spec, DeduplicateKeep.First, -1, null, Ttl));
        await using var newest = Harness(() => new ChangelogNormalizeOperator(Schema, [0], 16, null, Ttl));
        await first.OpenAsync(1);
        await newest.OpenAsync(1);

        foreach (var harness in new[] { first, newest })
        {
            await SendAsync(harness, 0, [1, 5]);
            _time.Advance(TimeSpan.FromSeconds(5));
            await harness.RestartAsync(1);
            _time.Advance(Ttl);
            await SendAsync(harness, 0, [1, 6]);

            Assert.Equal(["+I 1|5", "+I 1|6"], Texts(harness));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Partition_of_over_sums_anew_when_it_has_been_idle(bool isByTime)
    {
        var spec = new OverSpec
        {
            Input = Schema,
            Partition = [0],
            Order = [new SortColumn(1, false, true)],
            Frame = OverFrame.RangeUpToCurrent,
            Calls = [new OverCallSpec(OverFunction.Aggregate, new AggregateCallSpec { Function = AggregateFunction.Sum, Argument = 1, Type = DataTypes.Int }, DataTypes.Int)],
            Output = new RowSchema(Schema.Fields.Append(new Field("s", DataTypes.Int))),
            MaxParallelism = 16,
        };
        await using var harness = Harness(() => isByTime ? new TimeOverOperator(spec, -1, null, Ttl) : new ChangingOverOperator(spec, null, Ttl));
        await harness.OpenAsync(1);

        await SendAsync(harness, 0, [1, 5], [2, 1]);
        _time.Advance(TimeSpan.FromSeconds(6));
        await SendAsync(harness, 0, [1, 6]);
        _time.Advance(TimeSpan.FromSeconds(6));
        await SendAsync(harness, 0, [1, 7], [2, 2]);

        Assert.Equal(["+I 1|5|5", "+I 2|1|1", "+I 1|6|11", "+I 1|7|18", "+I 2|2|2"], Texts(harness));
        _time.Advance(Ttl);
        await harness.OnTimeAsync(_time.GetUtcNow());
        Assert.Equal(0, await harness.KeyedStateBytesAsync());
    }

    private static Task SendAsync(OperatorHarness harness, int input, params object?[][] rows) => harness.SendAsync(input, TestRows.Batch(Schema, rows));

    private static List<string> Texts(OperatorHarness harness) => harness.Changes.Select(c => $"{c.Kind.ToShortText()} {TestRows.Text(c.Row)}").ToList();

    private OperatorHarness Harness(Func<StreamOperator> create) => new(create, [], time: _time);
}
