using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Aggregation;
using Arctic.Dataflow.Operators.Ordering;
using Arctic.Dataflow.Operators.Over;
using CsCheck;

namespace Arctic.UnitTests.Dataflow.Operators;

/// <summary>Functions OVER windows of bounded rows against a model that looks at every row of a partition for every row.</summary>
public sealed class SortedOverOperatorTests
{
    private static readonly RowSchema Schema = new(new Field("id", DataTypes.Int), new Field("k", DataTypes.Int), new Field("o", DataTypes.Int), new Field("n", DataTypes.Int));

    private static readonly Gen<OverBound> Bounds = Gen.OneOf(Gen.Int[-3, 3].Select(d => new OverBound(false, d)), Gen.Bool.Select(b => b ? OverBound.UnboundedPreceding : OverBound.UnboundedFollowing));

    private static readonly Gen<OverFrame> Frames = Gen.Select(Gen.Bool, Bounds, Bounds, (isRows, start, end) => new OverFrame(isRows, start, end))
        .Where(f => f.Start is not { IsUnbounded: true, Distance: > 0 } && f.End is not { IsUnbounded: true, Distance: < 0 } && (f.Start.IsUnbounded || f.End.IsUnbounded || f.Start.Distance <= f.End.Distance));

    [Fact]
    public void Frames_hold_what_the_model_finds()
    {
        var row = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 6], Gen.Int[-5, 5], (k, o, n) => new[] { k, o, n });
        Gen.Select(row.List[0, 25], Frames, Gen.Bool).Sample((rows, frame, isDescending) => Check(rows, frame, isDescending).GetAwaiter().GetResult(), iter: 400);
    }

    private static async Task Check(List<int[]> rows, OverFrame frame, bool isDescending)
    {
        // 6 stands for NULL: in the order, and among the values.
        var table = rows.Select((r, i) => new object?[] { i, r[0], r[1] == 6 ? null : r[1], r[2] == 5 ? null : r[2] }).ToList();
        AggregateFunction[] functions = [AggregateFunction.Sum, AggregateFunction.Min, AggregateFunction.Count, AggregateFunction.LastValue];
        var calls = functions.Select(f => Call(f, f == AggregateFunction.Count ? DataTypes.BigInt.AsNotNull() : DataTypes.Int)).ToEquatableList();
        var spec = new OverSpec
        {
            Input = Schema,
            Partition = [1],
            Order = [new SortColumn(2, isDescending, !isDescending)],
            Frame = frame,
            Calls = calls,
            Output = new RowSchema(Schema.Fields.Concat(calls.Select((c, i) => new Field($"f{i}", c.Type)))),
        };
        await using var harness = new OperatorHarness(() => new SortedOverOperator(spec, null), []);
        await harness.OpenAsync(1);
        if (table.Count > 0)
        {
            await harness.SendAsync(0, TestRows.Batch(Schema, table));
        }

        await harness.FinishAsync(0);

        var expected = table.Select(r => TestRows.Text([.. r, .. Answers(r, table, frame, isDescending)])).Order(StringComparer.Ordinal);
        Assert.Equal(expected, OperatorHarness.Materialize(harness.Changes, $"{frame}, descending {isDescending}"));
    }

    private static OverCallSpec Call(AggregateFunction function, DataType type) => new(OverFunction.Aggregate, new AggregateCallSpec { Function = function, Argument = 3, Type = type }, type);

    private static object?[] Answers(object?[] row, List<object?[]> table, OverFrame frame, bool isDescending)
    {
        long Key(object?[] r) => r[2] is int o ? (isDescending ? -o : o) : isDescending ? 100 : -100;
        var partition = table.Where(r => Equals(r[1], row[1])).OrderBy(Key).ThenBy(r => (int)r[0]!).ToList();
        var at = partition.IndexOf(row);
        bool IsIn(OverBound bound, int index, bool isStart)
        {
            if (bound.IsUnbounded)
            {
                return true;
            }

            if (frame.IsRows)
            {
                return isStart ? index >= at + bound.Distance : index <= at + bound.Distance;
            }

            // A NULL is at no distance but from NULLs.
            var (mine, other) = (Key(row), Key(partition[index]));
            if (bound.Distance == 0 || row[2] is null)
            {
                return isStart ? other >= mine : other <= mine;
            }

            return partition[index][2] is null
                ? isStart == isDescending
                : isStart ? other >= mine + bound.Distance : other <= mine + bound.Distance;
        }

        var values = partition.Where((_, i) => IsIn(frame.Start, i, true) && IsIn(frame.End, i, false)).Select(r => r[3] as int?).Where(n => n is not null).ToList();
        return values.Count == 0 ? [null, null, 0L, null] : [values.Sum(), values.Min(), (long)values.Count, values[^1]];
    }
}
