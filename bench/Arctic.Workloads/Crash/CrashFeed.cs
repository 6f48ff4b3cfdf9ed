using System.Collections;
using System.Globalization;

namespace Arctic.Workloads.Crash;

/// <summary>A row of the crash test's table.</summary>
internal readonly record struct CrashRow(long Id, long Seq, string Name);

/// <summary>
/// A changelog over few keys, so that every key comes many times, as a <c>changelog-csv</c> file: inserts, complete update pairs and deletes. The column <c>seq</c> of a new image is
/// the 1-based number of its line, so that each line's trace in a table can be told from every other's. Remembers what must come of it.
/// </summary>
internal sealed class CrashFeed
{
    private readonly Random _random;
    private readonly long[] _liveSeq;
    private readonly BitArray _isImage;
    private readonly int _rows;
    private int _line;

    private CrashFeed(int rows, int keys, int seed)
    {
        (_random, _rows) = (new Random(seed), rows);
        (_liveSeq, _isImage) = (new long[keys], new BitArray(rows + 1));
    }

    /// <summary>The lines of the file.</summary>
    public int Rows => _rows;

    /// <summary>Whether a line brings a new image of a row, as inserts and the second lines of updates do.</summary>
    public bool IsImage(int line) => _isImage[line];

    /// <summary>The rows that are there after the last line, by id.</summary>
    public IEnumerable<CrashRow> Live => _liveSeq.Index().Where(k => k.Item != 0).Select(k => new CrashRow(k.Index, k.Item, NameOf(k.Item)));

    /// <summary>Writes a feed.</summary>
    /// <param name="rows">Its lines.</param>
    /// <param name="keys">The keys are 0 up to this.</param>
    public static CrashFeed Write(string path, int rows, int keys, int seed)
    {
        var feed = new CrashFeed(rows, keys, seed);
        using var file = new StreamWriter(path, append: false, System.Text.Encoding.ASCII, bufferSize: 1 << 20) { NewLine = "\n" };
        while (feed._line < rows)
        {
            feed.WriteChange(file);
        }

        return feed;
    }

    private static string NameOf(long seq) => string.Create(CultureInfo.InvariantCulture, $"name-{seq}");

    private void WriteChange(StreamWriter file)
    {
        var key = _random.Next(_liveSeq.Length);
        if (_liveSeq[key] == 0)
        {
            WriteLine(file, "INSERT", key, _line + 1);
        }
        else if (_random.Next(10) < 3 || _line + 2 > _rows)
        {
            WriteLine(file, "DELETE", key, _liveSeq[key]);
            _liveSeq[key] = 0;
        }
        else
        {
            WriteLine(file, "UPDATE_BEFORE", key, _liveSeq[key]);
            WriteLine(file, "UPDATE_AFTER", key, _line + 1);
        }
    }

    private void WriteLine(StreamWriter file, string kind, int key, long seq)
    {
        _line++;
        file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind}|{key}|{seq}|{NameOf(seq)}"));
        if (seq == _line)
        {
            _isImage[_line] = true;
            _liveSeq[key] = seq;
        }
    }
}
