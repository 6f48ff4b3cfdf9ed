using Arctic.Columnar;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Joins;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.UnitTests.Dataflow.Operators;

public sealed class LookupRowsTests
{
    private static readonly RowSchema Customers = new(
        new Field("id", DataTypes.Int.AsNotNull()), new Field("city", DataTypes.String), new Field("isActive", DataTypes.Boolean), new Field("note", DataTypes.String));

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public void Rows_are_found_as_in_a_dictionary_by_primary_key(int seed, bool isFiltered)
    {
        var random = new Random(seed);
        var rows = Make([1], isFiltered);
        var model = new Dictionary<int, object?[]>();
        for (var step = 0; step < 400; step++)
        {
            var changes = Enumerable.Range(0, 1 + random.Next(20)).Select(_ => RandomRow(random)).ToList();
            var kinds = changes.Select(_ => (RowKind)random.Next(4)).ToList();
            using var batch = TestRows.Batch(Customers, changes, kinds);

            rows.Apply(batch);

            foreach (var (row, kind) in changes.Zip(kinds))
            {
                if (kind is RowKind.Insert or RowKind.UpdateAfter && (!isFiltered || row[2] is true))
                {
                    model[(int)row[0]!] = row;
                }
                else
                {
                    model.Remove((int)row[0]!);
                }
            }

            Assert.Equal(model.Count, rows.Count);
            foreach (var city in Cities)
            {
                Assert.Equal(
                    model.Values.Where(r => Equals(r[1], city)).Select(TestRows.Text).Order(StringComparer.Ordinal),
                    Find(rows, city).Order(StringComparer.Ordinal));
            }
        }
    }

    [Fact]
    public void Row_that_stops_matching_the_filter_leaves()
    {
        var rows = Make([1], isFiltered: true);
        Apply(rows, RowKind.Insert, [1, "Oslo", true, "a"]);
        Assert.Equal(["1|Oslo|True|a"], Find(rows, "Oslo"), StringComparer.OrdinalIgnoreCase);

        Apply(rows, RowKind.UpdateAfter, [1, "Oslo", false, "b"]);

        Assert.Empty(Find(rows, "Oslo"));
        Assert.Equal(0, rows.Count);
    }

    [Fact]
    public void Changed_join_key_moves_the_row_though_the_old_image_carries_other_values()
    {
        var rows = Make([1], isFiltered: false);
        Apply(rows, RowKind.Insert, [1, "Oslo", true, "a"]);

        Apply(rows, RowKind.UpdateBefore, [1, "Bergen", true, "b"]);
        Apply(rows, RowKind.UpdateAfter, [1, "Bergen", true, "b"]);

        Assert.Empty(Find(rows, "Oslo"));
        Assert.Single(Find(rows, "Bergen"));
    }

    [Fact]
    public void Keys_that_come_and_go_take_no_more_memory()
    {
        var rows = Make([1], isFiltered: false);
        var settled = 0L;
        for (var i = 0; i < 20_000; i++)
        {
            Apply(rows, RowKind.Insert, [i, $"city {i:D6}", true, "note"]);
            Apply(rows, RowKind.Delete, [i, "another image", null, null]);
            settled = i == 10_000 ? rows.BytesUsed : settled;
        }

        Assert.Equal(0, rows.Count);
        Assert.Equal(settled, rows.BytesUsed);
    }

    private static string?[] Cities { get; } = ["Oslo", "Bergen", "Narvik", "Hammerfest, far in the north"];

    private static object?[] RandomRow(Random random) =>
        [random.Next(60), random.Next(8) == 0 ? null : Cities[random.Next(Cities.Length)], random.Next(3) switch { 0 => null, 1 => true, _ => false }, $"n{random.Next(1000)}"];

    private static LookupRows Make(int[] joinKey, bool isFiltered) =>
        new(Customers, new([0]), new(joinKey), isFiltered ? ExpressionCompiler.Compile(new Expression.ColumnReference(2, "isActive", DataTypes.Boolean), EvaluationSettings.Default) : null);

    private static void Apply(LookupRows rows, RowKind kind, object?[] row)
    {
        using var batch = TestRows.Batch(Customers, [row], [kind]);
        rows.Apply(batch);
    }

    private static List<string> Find(LookupRows rows, string? city)
    {
        var schema = new RowSchema(new Field("city", DataTypes.String));
        using var probe = TestRows.Batch(schema, [[city]]);
        var key = new EncodedRows();
        new RowCodec(DataTypes.String).Encode(probe.Columns.ToArray(), [0], key);
        key.ComputeHashes();
        var starts = new List<int>();
        for (var row = rows.FirstOf(key.Hashes[0], key[0]); row >= 0; row = rows.NextOf(row))
        {
            starts.Add(rows.Start(row));
        }

        using var found = new ChangeBatch(Customers, rows.RowCodec.Decode(rows.Bytes, starts.ToArray()), starts.Count);
        return TestRows.Changes(found).Select(c => TestRows.Text(c.Row)).ToList();
    }
}
