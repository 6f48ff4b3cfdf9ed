using System.Globalization;

namespace Arctic.InteropTests.Judging;

/// <summary>
/// Writes lines of <c>changelog-csv</c> that insert, update and delete rows at random, and keeps the table that they make: what reading must give, computed without any of our code.
/// </summary>
/// <param name="seed">The same seed gives the same lines.</param>
/// <param name="regions">A key's region never changes, so that a key stays in its partition.</param>
internal sealed class ChangeFeedFile(int seed, string[] regions)
{
    /// <summary>The columns of the lines, after the kind.</summary>
    public const string Columns = "id BIGINT, region STRING, born DATE, amount DECIMAL(12, 2), seen TIMESTAMP(3), note STRING";

    private readonly Random _random = new(seed);
    private readonly SortedDictionary<long, string> _live = [];

    /// <summary>The rows that are there now, in canonical form.</summary>
    public List<string> Rows => _live.Values.Select(Canonical).Order(StringComparer.Ordinal).ToList();

    /// <summary>Writes a file of changes that follow on those of the earlier files.</summary>
    public void Write(string path, int keys, int changes)
    {
        using var lines = new StreamWriter(path);
        for (var i = 0; i < changes; i++)
        {
            var id = _random.Next(1, keys + 1);
            if (!_live.TryGetValue(id, out var old))
            {
                lines.WriteLine($"INSERT|{_live[id] = NewRow(id)}");
            }
            else if (_random.Next(10) < 3)
            {
                lines.WriteLine($"DELETE|{old}");
                _live.Remove(id);
            }
            else
            {
                lines.WriteLine($"UPDATE_BEFORE|{old}");
                lines.WriteLine($"UPDATE_AFTER|{_live[id] = NewRow(id)}");
            }
        }
    }

    /// <summary>Writes inserts alone: in an upsert table each replaces the row of its key.</summary>
    public void WriteUpserts(string path, int keys, int rows)
    {
        using var lines = new StreamWriter(path);
        for (var i = 0; i < rows; i++)
        {
            var id = _random.Next(1, keys + 1);
            lines.WriteLine($"INSERT|{_live[id] = NewRow(id)}");
        }
    }

    /// <summary>Writes the deletes of all rows.</summary>
    public void WriteEnd(string path)
    {
        File.WriteAllLines(path, _live.Values.Select(r => $"DELETE|{r}"));
        _live.Clear();
    }

    private string NewRow(long id)
    {
        // A key's partition never changes; everything else is new.
        var region = regions[id % regions.Length];
        var born = new DateOnly(1969, 12, 1).AddDays((int)(id * 7 % 120)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var seen = new DateTime(1969, 12, 31).AddMilliseconds((id * 7_654_321) % 500_000_000).ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
        var amount = _random.Next(8) == 0 ? "" : $"{_random.Next(-1_000_000, 1_000_000)}.{_random.Next(100):00}";
        return $"{id}|{region}|{born}|{amount}|{seen}|note {_random.Next()} é€𝄞";
    }

    private static string Canonical(string line) => string.Join(" | ", line.Split('|').Select((c, i) => i == 4 ? c.TrimEnd('0').TrimEnd('.') : i == 3 && c.Length == 0 ? "<NULL>" : c));
}
