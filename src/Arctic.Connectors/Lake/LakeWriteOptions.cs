using Arctic.Columnar.Options;

namespace Arctic.Connectors.Lake;

/// <summary>How a statement writes a lake table, beside the table's own properties (spec/arctic.md, D.4).</summary>
internal sealed record LakeWriteOptions
{
    /// <summary>Where rows go: <c>file</c>, <c>log</c>, both with a comma, or <c>auto</c>: file, and log if the table has a log store.</summary>
    [Option("arctic.emit.mode", Aliases = ["mixed-format.emit.mode"])]
    public string EmitMode { get; init; } = "auto";

    /// <summary>The number of writers; without it that of the input.</summary>
    [Option("sink.parallelism")]
    public int? Parallelism { get; init; }
}
