using Arctic.Columnar.Options;

namespace Arctic.Connectors.FileSystem;

/// <summary>Options of the connector <c>filesystem</c>.</summary>
internal sealed record FileSystemOptions
{
    public const string RowsPerSecondKey = "scan.rows-per-second";

    /// <summary>A file, or a folder whose files at any depth are read; names that start with <c>.</c> or <c>_</c> are left out.</summary>
    [Option("path")]
    public required string Path { get; init; }

    /// <summary><c>csv</c>, <c>json</c> (one object a line) or <c>changelog-csv</c>.</summary>
    [Option("format")]
    public required string Format { get; init; }

    /// <summary>The most rows a second that the table gives, in all; no bound by default.</summary>
    [Option(RowsPerSecondKey)]
    public double? RowsPerSecond { get; init; }
}
