using System.Globalization;

namespace Arctic.Workloads;

/// <summary>What the command line says of a workload.</summary>
internal sealed record WorkloadOptions
{
    /// <summary>The rows to work on; null for the workload's own number.</summary>
    public long? Rows { get; init; }

    /// <summary>The counted runs, after one warm-up.</summary>
    public int Runs { get; init; } = 5;

    /// <summary>How often <c>crash</c> kills its process.</summary>
    public int Kills { get; init; } = 20;

    /// <summary>How long <c>commit-torture</c> runs; null for its own time.</summary>
    public double? Seconds { get; init; }

    /// <summary>The number of one process of <c>commit-torture</c>, which starts them itself.</summary>
    public int? Process { get; init; }

    /// <summary>What random choices follow from, where a workload has any.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Where files are written; below the system's temporary folder by default. Emptied between runs.</summary>
    public string Folder { get; init; } = Path.Combine(Path.GetTempPath(), "arctic-workloads");

    /// <summary>Reads <c>--rows</c>, <c>--runs</c>, <c>--kills</c>, <c>--seconds</c>, <c>--process</c>, <c>--seed</c> and <c>--folder</c>.</summary>
    public static WorkloadOptions Parse(string[] args)
    {
        var options = new WorkloadOptions();
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            options = args[i] switch
            {
                "--rows" => options with { Rows = long.Parse(args[i + 1], CultureInfo.InvariantCulture) },
                "--runs" => options with { Runs = int.Parse(args[i + 1], CultureInfo.InvariantCulture) },
                "--kills" => options with { Kills = int.Parse(args[i + 1], CultureInfo.InvariantCulture) },
                "--seconds" => options with { Seconds = double.Parse(args[i + 1], CultureInfo.InvariantCulture) },
                "--process" => options with { Process = int.Parse(args[i + 1], CultureInfo.InvariantCulture) },
                "--seed" => options with { Seed = int.Parse(args[i + 1], CultureInfo.InvariantCulture) },
                "--folder" => options with { Folder = Path.GetFullPath(args[i + 1]) },
                _ => throw new ArgumentException($"Unknown argument '{args[i]}'."),
            };
        }

        return options;
    }

    /// <summary>An empty folder of that name.</summary>
    public string FreshFolder(string name)
    {
        var folder = Path.Combine(Folder, name);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        Directory.CreateDirectory(folder);
        return folder;
    }
}
