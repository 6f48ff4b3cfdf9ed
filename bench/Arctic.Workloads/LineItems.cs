using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Workloads;

/// <summary>Rows of an order's lines, each made of its id and version alone, so that an old image of a row can be written again. Quantity, mode and day repeat values; the others hardly do.</summary>
internal sealed class LineItems
{
    /// <summary>The rows of each batch but the last.</summary>
    public const int BatchRows = 8192;

    /// <summary>The columns.</summary>
    public static readonly RowSchema Schema = new(
        new Field("id", DataTypes.BigInt.AsNotNull()),
        new Field("qty", DataTypes.Int),
        new Field("price", DataTypes.Decimal(12, 2)),
        new Field("shipmode", DataTypes.String),
        new Field("comment", DataTypes.String),
        new Field("shipdate", DataTypes.Date),
        new Field("ts", DataTypes.Timestamp(6)));

    private static readonly string[] ShipModes = ["AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"];

    private readonly ColumnBuilder[] _builders = Schema.Fields.Select(f => ColumnBuilder.Create(f.Type)).ToArray();
    private readonly List<RowKind> _kinds = [];
    private readonly List<ChangeBatch> _batches = [];
    private readonly char[] _comment = new char[40];

    /// <summary>Batches of so many inserted rows.</summary>
    public static List<ChangeBatch> Inserts(long rows)
    {
        var items = new LineItems();
        for (long id = 0; id < rows; id++)
        {
            items.Add(RowKind.Insert, id, version: 0);
        }

        return items.Complete();
    }

    /// <summary>Batches of about so many changes: of 100 rows 70 are inserted, 20 are the two images of 10 updates, and 10 are deleted. Updates and deletes are of rows that are there.</summary>
    public static List<ChangeBatch> Changes(long rows)
    {
        var random = new Random(1);
        var items = new LineItems();
        var live = new List<(long Id, int Version)>();
        long next = 0;
        for (long row = 0; row < rows;)
        {
            var dice = live.Count == 0 ? 0 : random.Next(90);
            var at = random.Next(Math.Max(1, live.Count));
            switch (dice)
            {
                case < 70:
                    live.Add((next, 0));
                    items.Add(RowKind.Insert, next++, 0);
                    row++;
                    break;
                case < 80:
                    var (id, version) = live[at];
                    live[at] = (id, version + 1);
                    items.Add(RowKind.UpdateBefore, id, version);
                    items.Add(RowKind.UpdateAfter, id, version + 1);
                    row += 2;
                    break;
                default:
                    items.Add(RowKind.Delete, live[at].Id, live[at].Version);
                    live[at] = live[^1];
                    live.RemoveAt(live.Count - 1);
                    row++;
                    break;
            }
        }

        return items.Complete();
    }

    private void Add(RowKind kind, long id, int version)
    {
        var dice = Mix((ulong)id * 1000 + (ulong)version);
        ((FixedColumnBuilder<long>)_builders[0]).Append(id);
        ((FixedColumnBuilder<int>)_builders[1]).Append((int)(Next(ref dice) % 50));
        ((FixedColumnBuilder<Int128>)_builders[2]).Append((Int128)(Next(ref dice) % 10_000_000));
        ((BytesColumnBuilder)_builders[3]).Append(ShipModes[Next(ref dice) % 7]);
        ((BytesColumnBuilder)_builders[4]).Append(Comment(ref dice));
        ((FixedColumnBuilder<int>)_builders[5]).Append(8000 + (int)(Next(ref dice) % 2500));
        ((FixedColumnBuilder<long>)_builders[6]).Append(1_600_000_000_000_000 + ((id + version) * 1000));
        _kinds.Add(kind);
        if (_kinds.Count == BatchRows)
        {
            CompleteBatch();
        }
    }

    private string Comment(ref ulong dice)
    {
        var length = 20 + (int)(Next(ref dice) % 20);
        for (var i = 0; i < length; i++)
        {
            _comment[i] = (char)('a' + (int)(Next(ref dice) % 26));
        }

        return new string(_comment, 0, length);
    }

    private List<ChangeBatch> Complete()
    {
        if (_kinds.Count > 0)
        {
            CompleteBatch();
        }

        return _batches;
    }

    private void CompleteBatch()
    {
        var columns = _builders.Select(b => b.Build()).ToArray();
        var kinds = _kinds.TrueForAll(k => k == RowKind.Insert) ? default : _kinds.ToArray().AsMemory();
        _batches.Add(new ChangeBatch(Schema, columns, columns[0].Length, kinds));
        _kinds.Clear();
    }

    private static ulong Next(ref ulong state) => Mix(state += 0x9E3779B97F4A7C15) >> 8;

    // SplitMix64's finisher.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
