using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Operators.Joins;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.State;

namespace Arctic.UnitTests.Dataflow.Operators;

/// <summary>The shares that the subtasks of a lookup join hold, beside a dictionary.</summary>
public sealed class LookupTableTests
{
    private const int MaxParallelism = 16;

    private static readonly RowSchema Schema = new([new Field("id", DataTypes.Int), new Field("kind", DataTypes.Int), new Field("n", DataTypes.Int)]);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    [InlineData(3, 3)]
    [InlineData(16, 4)]
    public void Shares_hold_the_newest_rows_by_their_join_keys(int parallelism, int seed)
    {
        var random = new Random(seed);
        var spec = new JoinSpec { Left = Schema, Right = Schema, Type = JoinType.Inner, LeftKeys = [1], RightKeys = [1], NullsMatch = [false], Output = Schema, MaxParallelism = MaxParallelism };
        int SubtaskOf(ulong hash) => KeyGroupRange.SubtaskOf(KeyGroups.Of(hash, MaxParallelism), parallelism, MaxParallelism);
        var shares = Enumerable.Range(0, parallelism).Select(i => new LookupTable(spec, [0], hash => SubtaskOf(hash) == i)).ToList();
        var model = new Dictionary<int, object?[]>();

        for (var step = 0; step < 60; step++)
        {
            using var batch = RandomBatch(random, model);
            shares.ForEach(s => s.Apply(batch));
            for (var kind = 0; kind < 5; kind++)
            {
                var expected = model.Values.Where(r => Equals(r[1], kind)).Select(TestRows.Text).Order(StringComparer.Ordinal);
                Assert.Equal(expected, Find(shares, SubtaskOf, kind).Order(StringComparer.Ordinal));
            }
        }

        // What left has left every share; rows without a join key, too, are in one of them.
        Assert.Equal(model.Count, shares.Sum(s => s.Rows.Table.Count));
    }

    // Upserts carry the new row only, and -U carries values that the table never had.
    private static ChangeBatch RandomBatch(Random random, Dictionary<int, object?[]> model)
    {
        var (rows, kinds) = (new List<object?[]>(), new List<RowKind>());
        for (var i = random.Next(1, 12); i > 0; i--)
        {
            object?[] row = [random.Next(20), random.Next(6) == 0 ? null : random.Next(5), random.Next(100)];
            var kind = (RowKind)random.Next(4);
            rows.Add(row);
            kinds.Add(kind);
            if (kind == RowKind.Delete)
            {
                model.Remove((int)row[0]!); // never null
            }
            else if (kind != RowKind.UpdateBefore)
            {
                model[(int)row[0]!] = row; // never null
            }
        }

        return TestRows.Batch(Schema, rows, kinds);
    }

    private static List<string> Find(List<LookupTable> shares, Func<ulong, int> subtaskOf, int kind)
    {
        using var wanted = TestRows.Batch(Schema, [[0, kind, 0]], [RowKind.Insert]);
        var keys = new EncodedRows();
        new RowCodec([DataTypes.Int]).Encode(BatchRows.Pick(wanted.Columns, [1]), [0], keys);
        keys.ComputeHashes();
        var share = shares[subtaskOf(keys.Hashes[0])];
        var starts = new List<int>();
        var owner = share.Find(keys.Hashes[0], keys[0]);
        for (var id = owner < 0 ? -1 : share.Rows.FirstOf(owner); id >= 0; id = share.Rows.NextOf(id))
        {
            starts.Add(share.Rows.Table.Start(id));
        }

        using var found = new ChangeBatch(Schema, share.Codec.Decode(share.Rows.Table.Arena, starts.ToArray()), starts.Count, default);
        return TestRows.Changes(found).Select(c => TestRows.Text(c.Row)).ToList();
    }
}
