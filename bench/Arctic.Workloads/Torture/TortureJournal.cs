using System.Globalization;
using System.Text;

namespace Arctic.Workloads.Torture;

/// <summary>What a writer wants to do to the table.</summary>
internal enum TortureKind
{
    /// <summary>Append a file of rows.</summary>
    Append,

    /// <summary>Remove a file that was appended.</summary>
    DeleteFile,

    /// <summary>Delete one row of a file that was appended.</summary>
    DeleteRow,
}

/// <summary>What a writer was told of its commit.</summary>
internal enum TortureOutcome
{
    /// <summary>Nothing: its process was killed.</summary>
    None,

    /// <summary>It took place.</summary>
    Acknowledged,

    /// <summary>It did not take place.</summary>
    Failed,

    /// <summary>Nobody knows.</summary>
    Unknown,
}

/// <summary>One commit that was tried.</summary>
/// <param name="Id">Different for each; rows carry that of the append which brought them.</param>
/// <param name="Target">The append whose file is touched; of an append, itself.</param>
/// <param name="Row">The number of the deleted row in its file.</param>
internal sealed record TortureCommit(long Id, TortureKind Kind, long Target, int Row)
{
    /// <summary>As it stands in a snapshot's summary.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id} {Kind} {Target} {Row}");

    public static TortureCommit Parse(string text)
    {
        var parts = text.Split(' ');
        return new TortureCommit(long.Parse(parts[0], CultureInfo.InvariantCulture), Enum.Parse<TortureKind>(parts[1]), long.Parse(parts[2], CultureInfo.InvariantCulture), int.Parse(parts[3], CultureInfo.InvariantCulture));
    }
}

/// <summary>
/// The diary of one process, beside the table and not through the store that breaks: what it begins, before it does, and what it was told. Lines reach the operating system one
/// by one, so that they outlive the process.
/// </summary>
internal sealed class TortureJournal : IDisposable
{
    private readonly FileStream _file;
    private readonly Lock _lock = new();

    public TortureJournal(string path) => _file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0 });

    public void Begin(TortureCommit commit) => Write($"begin {commit}");

    public void End(TortureCommit commit, TortureOutcome outcome) => Write($"end {commit.Id} {outcome}");

    /// <summary>How many operations the store has been asked for, and how many of them broke.</summary>
    public void Count(long operations, long faults) => Write(string.Create(CultureInfo.InvariantCulture, $"store {operations} {faults}"));

    public void Dispose() => _file.Dispose();

    /// <summary>Reads the diaries of a folder.</summary>
    public static TortureHistory ReadAll(string folder)
    {
        var commits = new Dictionary<long, (TortureCommit, TortureOutcome)>();
        long operations = 0, faults = 0;
        foreach (var path in Directory.GetFiles(folder, "*.journal"))
        {
            (long Operations, long Faults) store = default;

            // What a kill left of a last line says nothing: the commit that it was to begin did not begin.
            foreach (var line in File.ReadAllText(path).Split('\n')[..^1])
            {
                var parts = line.Split(' ');
                switch (parts[0])
                {
                    case "begin":
                        var commit = TortureCommit.Parse(line["begin ".Length..]);
                        commits.Add(commit.Id, (commit, TortureOutcome.None));
                        break;
                    case "end":
                        var id = long.Parse(parts[1], CultureInfo.InvariantCulture);
                        commits[id] = (commits[id].Item1, Enum.Parse<TortureOutcome>(parts[2]));
                        break;
                    default:
                        store = (long.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture));
                        break;
                }
            }

            (operations, faults) = (operations + store.Operations, faults + store.Faults);
        }

        return new TortureHistory(commits, operations, faults);
    }

    private void Write(string line)
    {
        lock (_lock)
        {
            _file.Write(Encoding.ASCII.GetBytes(line + "\n"));
        }
    }
}

/// <summary>What all processes wrote down.</summary>
/// <param name="Commits">Each commit that was begun and what came of it, by id.</param>
/// <param name="Operations">The store's operations, as far as they were written down.</param>
/// <param name="Faults">Those of them that broke.</param>
internal sealed record TortureHistory(IReadOnlyDictionary<long, (TortureCommit Commit, TortureOutcome Outcome)> Commits, long Operations, long Faults)
{
    /// <summary>How many commits had an outcome.</summary>
    public int Count(TortureOutcome outcome) => Commits.Values.Count(c => c.Outcome == outcome);
}
