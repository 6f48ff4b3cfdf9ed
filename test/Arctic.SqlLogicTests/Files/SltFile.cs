using System.Text.RegularExpressions;
using Arctic.SqlLogicTests.Running;

namespace Arctic.SqlLogicTests.Files;

/// <summary>A case file: records that run one after another in one session. README.md describes the format.</summary>
internal sealed partial class SltFile
{
    private static readonly RunMode[] AllModes = Enum.GetValues<RunMode>();

    private readonly string[] _lines;
    private readonly List<SltRecord> _records = [];
    private RunMode[] _recordModes = AllModes;
    private int _at;

    private SltFile(string name, string[] lines)
    {
        (Name, _lines) = (name, lines);
        while (_at < _lines.Length)
        {
            ReadBlock();
        }
    }

    /// <summary>The path below <c>cases</c>, without its ending.</summary>
    public string Name { get; }

    /// <summary>The modes in which the file runs; the header gives a reason when there is one that is left out.</summary>
    public IReadOnlyList<RunMode> Modes { get; private set; } = AllModes;

    /// <summary>The records in their order.</summary>
    public IReadOnlyList<SltRecord> Records => _records;

    /// <summary>Reads a file.</summary>
    /// <param name="folder">The folder <c>cases</c>.</param>
    /// <param name="name">The path below it, without its ending.</param>
    /// <exception cref="FormatException">The file is not well formed; the message starts with file and line.</exception>
    public static SltFile Read(string folder, string name) => new(name, File.ReadAllLines(Path.Combine(folder, name + ".slt")));

    /// <summary>The names of all files below a folder, in their order.</summary>
    public static IEnumerable<string> FindNames(string folder) =>
        Directory.EnumerateFiles(folder, "*.slt", SearchOption.AllDirectories).Select(f => Path.ChangeExtension(Path.GetRelativePath(folder, f), null)).Order(StringComparer.Ordinal);

    private void ReadBlock()
    {
        var line = _lines[_at].TrimEnd();
        if (line.Length == 0 || line.StartsWith('#'))
        {
            _at++;
        }
        else if (HeaderPattern().Match(line) is { Success: true } header && _records.Count == 0)
        {
            Modes = ModesOf(header.Groups["modes"].Value);
            _at++;
        }
        else if (FilterPattern().Match(line) is { Success: true } filter)
        {
            var named = ModesOf(filter.Groups["modes"].Value);
            _recordModes = filter.Groups["kind"].Value == "onlyif" ? named : [.. AllModes.Except(named)];
            _at++;
        }
        else
        {
            _records.Add(ReadRecord(line));
            _recordModes = AllModes;
        }
    }

    private SltRecord ReadRecord(string line)
    {
        var start = ++_at;
        var sql = string.Join('\n', TakeWhile(l => l.Length > 0 && l != "----"));
        if (sql.Length == 0)
        {
            throw Error(start, "a record needs a statement on the lines below it");
        }

        if (line == "statement ok")
        {
            return new SltRecord.Succeeds(start, sql, _recordModes);
        }

        if (line.StartsWith("statement error ", StringComparison.Ordinal))
        {
            return new SltRecord.Fails(start, sql, _recordModes, new Regex(line["statement error ".Length..], RegexOptions.Singleline));
        }

        RowMatch? match = line switch
        {
            "query" or "query rowsort" => RowMatch.Sorted,
            "query nosort" => RowMatch.Ordered,
            "query contains" => RowMatch.Contains,
            _ => null,
        };
        if (match is null || _at == _lines.Length || _lines[_at++].TrimEnd() != "----")
        {
            throw Error(start, match is null ? $"'{line}' starts no record" : "a query needs a line '----' behind its statement");
        }

        return new SltRecord.Gives(start, sql, _recordModes, match.Value, TakeWhile(l => l.Length > 0));
    }

    private List<string> TakeWhile(Func<string, bool> holds)
    {
        List<string> taken = [];
        while (_at < _lines.Length && holds(_lines[_at].TrimEnd()))
        {
            taken.Add(_lines[_at++].TrimEnd());
        }

        return taken;
    }

    private RunMode[] ModesOf(string list) => list.Split(',', StringSplitOptions.TrimEntries)
        .Select(n => Enum.TryParse<RunMode>(n, ignoreCase: true, out var mode) ? mode : throw Error(_at + 1, $"there is no mode '{n}'"))
        .ToArray();

    private FormatException Error(int line, string what) => new($"{Name}.slt:{line}: {what}.");

    [GeneratedRegex(@"^modes: *(?<modes>[a-z, ]+); *\S")]
    private static partial Regex HeaderPattern();

    [GeneratedRegex(@"^(?<kind>onlyif|skipif) (?<modes>[a-z, ]+)$")]
    private static partial Regex FilterPattern();
}
