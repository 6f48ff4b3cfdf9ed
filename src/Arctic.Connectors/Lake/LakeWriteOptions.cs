using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;

namespace Arctic.Connectors.Lake;

/// <summary>How a statement writes a lake table, beside the table's own properties (spec/arctic.md, D.4).</summary>
internal sealed record LakeWriteOptions
{
    /// <summary>The bytes of rows that may wait in one writer before they are written.</summary>
    public const long WriterBytesMax = 64L << 20;

    /// <summary>Where rows go: <c>file</c>, <c>log</c>, both with a comma, or <c>auto</c>: file, and log if the table has a log store.</summary>
    [Option("arctic.emit.mode", Aliases = ["mixed-format.emit.mode"])]
    public string EmitMode { get; init; } = "auto";

    /// <summary>Refuses modes that are not there yet.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>, <see cref="ErrorCodes.Unsupported"/>.</exception>
    public void RequireFileOnly(string table)
    {
        var words = EmitMode.Split(',', StringSplitOptions.TrimEntries);
        if (words.Except(["file", "log", "auto"]).FirstOrDefault() is { } unknown)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot write table '{table}': '{unknown}' is not a value of 'arctic.emit.mode'. Use file, log, both with a comma, or auto.");
        }

        if (words.Contains("auto") && words.Length > 1)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot write table '{table}': 'arctic.emit.mode' must be only 'auto' when it is included.");
        }

        if (words.Contains("log"))
        {
            throw new ArcticException(ErrorCodes.Unsupported, $"Cannot write table '{table}' with 'arctic.emit.mode'='{EmitMode}': log stores are not supported yet. Use 'file'.");
        }
    }

    /// <summary>The number of writers; without it that of the input.</summary>
    [Option("sink.parallelism")]
    public int? Parallelism { get; init; }
}
