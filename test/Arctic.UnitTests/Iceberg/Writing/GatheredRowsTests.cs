using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;

namespace Arctic.UnitTests.Iceberg.Writing;

/// <summary>Rows that wait to be written, and their order.</summary>
public sealed class GatheredRowsTests
{
    private static readonly Schema Columns = new(
        0,
        [
            new NestedField(1, "n", IcebergTypes.Int, false), new NestedField(2, "s", IcebergTypes.String, false), new NestedField(3, "d", IcebergTypes.Double, false),
            new NestedField(4, "b", IcebergTypes.Boolean, false), new NestedField(5, "serial", IcebergTypes.Long, true),
        ]);

    [Fact]
    public void Chosen_rows_come_in_the_order_asked_for_whatever_batches_they_came_in()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var rows = new List<object?[]>();
            using var gathered = new GatheredRows(Columns.ToRowSchema());
            foreach (var size in new[] { 1, 0, 5000, 0, 3, 2, 4096, 0, 10_000, 7, 4000, 90 }.OrderBy(_ => random.Next()))
            {
                var added = Enumerable.Range(0, size).Select(i => RandomRow(random, rows.Count + i)).ToList();
                using var all = TestRows.Batch(Columns.ToRowSchema(), added);
                var selection = random.Next(2) == 0 ? null : Enumerable.Range(0, size).Where(_ => random.Next(3) > 0).ToArray();
                using var batch = selection is null ? all.Retain() : all.WithSelection(selection);
                gathered.Add(batch);
                rows.AddRange(selection is null ? added : selection.Select(i => added[i]));
            }

            var asked = Enumerable.Range(0, 3000).Select(_ => random.Next(rows.Count)).ToArray();
            using var found = gathered.Gather(asked);

            Assert.Equal(rows.Count, gathered.RowCount);
            Assert.Equal(asked.Select(i => TestRows.Text(rows[i])), TestRows.Changes(found).Select(c => TestRows.Text(c.Row)));
            Assert.All(gathered.Batches(), b => Assert.Null(b.Batch.Selection));
            Assert.Equal(rows.Count, gathered.Batches().Sum(b => b.Batch.ColumnLength));
        }
    }

    [Fact]
    public void Batches_of_narrower_types_are_gathered_with_the_others()
    {
        using var gathered = new GatheredRows(new RowSchema([new Field("x", DataTypes.BigInt)]));
        using var narrow = new ChangeBatch(new RowSchema([new Field("x", DataTypes.Int)]), [new FixedColumn<int>(DataTypes.Int, [7])], 1);
        using var wide = new ChangeBatch(new RowSchema([new Field("x", DataTypes.BigInt)]), [new FixedColumn<long>(DataTypes.BigInt, [1L << 40])], 1);

        gathered.Add(narrow);
        gathered.Add(wide);
        using var found = gathered.Gather([1, 0]);

        Assert.Equal([1L << 40, 7L], ((FixedColumn<long>)found.Columns[0]).Values.ToArray());
    }

    [Fact]
    public void Rows_are_sorted_as_a_slow_comparison_does()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var order = RandomOrder(random);
            var sorter = new RowSorter(Columns, order);

            // The second run is larger or smaller: what the sorter works in stays.
            for (var run = 0; run < 2; run++)
            {
                var rows = Enumerable.Range(0, random.Next(1, 6000)).Select(i => RandomRow(random, i)).ToList();
                using var gathered = new GatheredRows(Columns.ToRowSchema());
                foreach (var part in rows.Chunk(random.Next(1, 5000)))
                {
                    using var batch = TestRows.Batch(Columns.ToRowSchema(), part);
                    gathered.Add(batch);
                }

                var expected = Enumerable.Range(0, rows.Count).Order(Comparer<int>.Create((a, b) => Compare(rows[a], rows[b], order) is not 0 and var c ? c : a.CompareTo(b)));
                Assert.True(expected.SequenceEqual(sorter.Sort(gathered)), $"seed {seed}, run {run}, {order}");
            }
        }
    }

    private static SortOrder RandomOrder(Random random) => new(
        1,
        [
            .. Enumerable.Range(1, 4).OrderBy(_ => random.Next()).Take(random.Next(1, 4)).Select(id => new SortField(
                [id], new Transform.Identity(), random.Next(2) == 0 ? SortDirection.Ascending : SortDirection.Descending, random.Next(2) == 0 ? NullOrder.NullsFirst : NullOrder.NullsLast)),
        ]);

    private static object?[] RandomRow(Random random, int serial) =>
    [
        random.Next(6) == 0 ? null : random.Next(-20, 20),
        random.Next(6) == 0 ? null : RandomText(random),
        random.Next(8) switch { 0 => null, 1 => double.NaN, 2 => -0.0, 3 => 0.0, 4 => double.NegativeInfinity, _ => random.Next(-5, 5) / 2.0 },
        random.Next(4) == 0 ? null : random.Next(2) == 0,
        (long)serial,
    ];

    // Texts that are alike in their beginnings, also where they end or hold zeros.
    private static string RandomText(Random random) =>
        random.Next(5) == 0 ? "customer " : "customer " + new string('z', random.Next(3) * 5) + string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => "\0aé\uffff"[random.Next(4)]));

    private static int Compare(object?[] a, object?[] b, SortOrder order)
    {
        foreach (var field in order.Fields)
        {
            var (x, y) = (a[field.SourceIds[0] - 1], b[field.SourceIds[0] - 1]);
            var nulls = field.NullOrder == NullOrder.NullsFirst ? -1 : 1;
            var compared = (x, y) switch
            {
                (null, null) => 0,
                (null, _) => nulls,
                (_, null) => -nulls,
                (double v, double w) => Compare(v, w),
                (string v, string w) => System.Text.Encoding.UTF8.GetBytes(v).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(w)),
                _ => Comparer<object>.Default.Compare(x, y),
            };
            if (compared != 0)
            {
                return field.Direction == SortDirection.Ascending || x is null || y is null ? compared : -compared;
            }
        }

        return 0;
    }

    // NaN is the greatest, and -0.0 comes before 0.0.
    private static int Compare(double x, double y) =>
        double.IsNaN(x) || double.IsNaN(y) ? double.IsNaN(x).CompareTo(double.IsNaN(y))
        : x == 0 && y == 0 ? double.IsNegative(y).CompareTo(double.IsNegative(x))
        : x.CompareTo(y);
}
