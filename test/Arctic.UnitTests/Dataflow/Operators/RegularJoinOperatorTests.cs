using Arctic.Columnar;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Joins;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.UnitTests.Dataflow.Operators;

public sealed class RegularJoinOperatorTests
{
    private static readonly RowSchema Left = new(new Field("k", DataTypes.Int), new Field("a", DataTypes.String));
    private static readonly RowSchema Right = new(new Field("k", DataTypes.Int), new Field("b", DataTypes.String), new Field("ok", DataTypes.Boolean));

    public static TheoryData<int, bool, bool> Cases
    {
        get
        {
            var data = new TheoryData<int, bool, bool>();
            for (var seed = 1; seed <= 3; seed++)
            {
                data.Add(seed, false, false);
                data.Add(seed, true, false);
                data.Add(seed, false, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Changelog_adds_up_to_the_join_of_what_is_there(int seed, bool nullsMatch, bool hasResidual)
    {
        foreach (var type in Enum.GetValues<JoinType>())
        {
            var random = new Random(seed);
            var left = new RandomChangelog(random, r => [r.Next(6) == 0 ? null : r.Next(5), $"l{r.Next(3)}"]);
            var right = new RandomChangelog(random, r => [r.Next(6) == 0 ? null : r.Next(5), $"a longer text on the right {r.Next(3)}", r.Next(3) switch { 0 => null, 1 => true, _ => false }]);
            await using var harness = Harness(Spec(type, nullsMatch, hasResidual));
            await harness.OpenAsync(1 + random.Next(3));

            for (var step = 0; step < 50; step++)
            {
                if (random.Next(2) == 0)
                {
                    await harness.SendAsync(0, left.Next(Left, 1 + random.Next(8)));
                }
                else
                {
                    await harness.SendAsync(1, right.Next(Right, 1 + random.Next(8)));
                }

                if (step % 11 == 10)
                {
                    await harness.RestartAsync(1 + random.Next(4));
                }

                if (step % 5 == 4)
                {
                    Assert.Equal(Model(type, left.Rows, right.Rows, nullsMatch, hasResidual), OperatorHarness.Materialize(harness.Changes, $"{type}, seed {seed}, step {step}"));
                }
            }
        }
    }

    [Fact]
    public async Task Inner_join_passes_kinds_on()
    {
        await using var harness = Harness(Spec(JoinType.Inner, false, false));
        await harness.OpenAsync(1);

        await harness.SendAsync(1, Rights(("+I", 1, "x")));
        await harness.SendAsync(0, Lefts(("+I", 1, "a"), ("-U", 1, "a"), ("+U", 1, "b"), ("-D", 1, "b"), ("+I", null, "n")));

        Assert.Equal(["+I 1|a|1|x|NULL", "-U 1|a|1|x|NULL", "+U 1|b|1|x|NULL", "-D 1|b|1|x|NULL"], Texts(harness));
    }

    [Fact]
    public async Task Outer_join_emits_nulls_at_once_and_takes_them_back()
    {
        await using var harness = Harness(Spec(JoinType.LeftOuter, false, false));
        await harness.OpenAsync(1);

        await harness.SendAsync(0, Lefts(("+I", 1, "a"), ("+I", null, "n")));
        await harness.SendAsync(1, Rights(("+I", 1, "x"), ("-U", 1, "x"), ("+U", 1, "y")));

        Assert.Equal(
            ["+I 1|a|NULL|NULL|NULL", "+I NULL|n|NULL|NULL|NULL", "-D 1|a|NULL|NULL|NULL", "+I 1|a|1|x|NULL", "-D 1|a|1|x|NULL", "+I 1|a|NULL|NULL|NULL", "-D 1|a|NULL|NULL|NULL", "+I 1|a|1|y|NULL"],
            Texts(harness));
    }

    // The order that Flink 2.3.0 gave (recorded: stream2, "x LEFT JOIN y"): newest partner first, and each partner's two changes together.
    [Fact]
    public async Task Outer_join_changes_partners_one_by_one_as_Flink_does()
    {
        await using var harness = Harness(Spec(JoinType.LeftOuter, false, false));
        await harness.OpenAsync(1);

        await harness.SendAsync(0, Lefts(("+I", 1, "x1")));
        await harness.SendAsync(1, Rights(("+I", 1, "y1")));
        await harness.SendAsync(0, Lefts(("+I", 1, "x2")));
        await harness.SendAsync(1, Rights(("-U", 1, "y1"), ("+U", 1, "y2")));

        Assert.Equal(
            [
                "+I x1 ", "-D x1 ", "+I x1 y1", "+I x2 y1", "-D x2 y1", "+I x2 ", "-D x1 y1", "+I x1 ", "-D x2 ", "+I x2 y2", "-D x1 ", "+I x1 y2",
            ],
            harness.Changes.Select(c => $"{c.Kind.ToShortText()} {c.Row[1]} {c.Row[3]}"));
    }

    [Fact]
    public async Task Semi_and_anti_join_turn_on_the_first_and_the_last_partner()
    {
        foreach (var (type, expected) in new[] { (JoinType.LeftSemi, new[] { "+I 1|a", "-D 1|a" }), (JoinType.LeftAnti, ["+I 1|a", "-D 1|a", "+I 1|a"]) })
        {
            await using var harness = Harness(Spec(type, false, false));
            await harness.OpenAsync(1);

            await harness.SendAsync(0, Lefts(("+I", 1, "a")));
            await harness.SendAsync(1, Rights(("+I", 1, "x"), ("+I", 1, "y"), ("-D", 1, "x"), ("-D", 1, "y")));

            Assert.Equal(expected, Texts(harness));
        }
    }

    [Fact]
    public async Task Deferred_full_join_of_bounded_inputs_is_insert_only()
    {
        await using var harness = Harness(Spec(JoinType.FullOuter, false, false) with { DefersUnmatchedRight = true });
        await harness.OpenAsync(1);

        await harness.SendAsync(1, Rights(("+I", 1, "x"), ("+I", 2, "y"), ("+I", null, "n")));
        await harness.FinishAsync(1);
        await harness.SendAsync(0, Lefts(("+I", 1, "a"), ("+I", 3, "c")));
        await harness.FinishAsync(0);

        Assert.Equal(["+I NULL|NULL|NULL|n|NULL", "+I 1|a|1|x|NULL", "+I 3|c|NULL|NULL|NULL", "+I NULL|NULL|2|y|NULL"], Texts(harness));
    }

    [Fact]
    public async Task Fan_out_beyond_one_batch_is_cut_into_several()
    {
        await using var harness = Harness(Spec(JoinType.Inner, false, false));
        await harness.OpenAsync(1);

        await harness.SendAsync(1, Rights(Enumerable.Range(0, 200).Select(i => ("+I", (int?)1, $"r{i}")).ToArray()));
        await harness.SendAsync(0, Lefts(Enumerable.Range(0, 200).Select(i => ("+I", (int?)1, $"l{i}")).ToArray()));

        Assert.Equal(40_000, harness.Changes.Select(c => TestRows.Text(c.Row)).Distinct().Count());
    }

    private static List<string> Model(JoinType type, IReadOnlyList<object?[]> left, IReadOnlyList<object?[]> right, bool nullsMatch, bool hasResidual)
    {
        bool Matches(object?[] l, object?[] r) => Equals(l[0], r[0]) && (l[0] is not null || nullsMatch) && (!hasResidual || r[2] is true);
        object?[] noLeft = [null, null];
        object?[] noRight = [null, null, null];
        var pairs = left.SelectMany(l => right.Where(r => Matches(l, r)).Select(r => l.Concat(r).ToArray()));
        var lonelyLeft = left.Where(l => !right.Any(r => Matches(l, r)));
        var lonelyRight = right.Where(r => !left.Any(l => Matches(l, r)));
        var rows = type switch
        {
            JoinType.Inner => pairs,
            JoinType.LeftOuter => pairs.Concat(lonelyLeft.Select(l => l.Concat(noRight).ToArray())),
            JoinType.RightOuter => pairs.Concat(lonelyRight.Select(r => noLeft.Concat(r).ToArray())),
            JoinType.FullOuter => pairs.Concat(lonelyLeft.Select(l => l.Concat(noRight).ToArray())).Concat(lonelyRight.Select(r => noLeft.Concat(r).ToArray())),
            JoinType.LeftSemi => left.Except(lonelyLeft),
            JoinType.LeftAnti => lonelyLeft,
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        };
        return rows.Select(TestRows.Text).Order(StringComparer.Ordinal).ToList();
    }

    private static JoinSpec Spec(JoinType type, bool nullsMatch, bool hasResidual) => new()
    {
        Left = Left,
        Right = Right,
        Type = type,
        LeftKeys = [0],
        RightKeys = [0],
        NullsMatch = [nullsMatch],
        Residual = hasResidual ? new JoinResidual(() => ExpressionCompiler.Compile(new Expression.ColumnReference(4, "ok", DataTypes.Boolean), EvaluationSettings.Default), [4]) : null,
        Output = type is JoinType.LeftSemi or JoinType.LeftAnti ? Left : new RowSchema(Left.Fields.Concat(Right.Fields)),
        MaxParallelism = 16,
    };

    private static OperatorHarness Harness(JoinSpec spec) => new(() => new RegularJoinOperator(spec, null), [new KeyGroupPartitioner(Left, [0], 16), new KeyGroupPartitioner(Right, [0], 16)]);

    private static ChangeBatch Lefts(params (string Kind, int? Key, string Value)[] rows) => TestRows.Batch(Left, rows.Select(r => new object?[] { r.Key, r.Value }).ToList(), Kinds(rows));

    private static ChangeBatch Rights(params (string Kind, int? Key, string Value)[] rows) => TestRows.Batch(Right, rows.Select(r => new object?[] { r.Key, r.Value, null }).ToList(), Kinds(rows));

    private static List<RowKind> Kinds((string Kind, int? Key, string Value)[] rows) => rows.Select(r => Enum.GetValues<RowKind>().Single(k => k.ToShortText() == r.Kind)).ToList();

    private static List<string> Texts(OperatorHarness harness) => harness.Changes.Select(c => $"{c.Kind.ToShortText()} {TestRows.Text(c.Row)}").ToList();
}
