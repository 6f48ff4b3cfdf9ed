using Arctic.Columnar.Options;

namespace Arctic.Sql.Physical;

/// <summary>How much state a streaming job may keep.</summary>
internal sealed record StateOptions
{
    /// <summary>The most bytes that all operators of a job hold together; a job that needs more fails and says so. Default 1 GiB.</summary>
    [Option("taskmanager.memory.managed.size")]
    public ByteSize StateBytesMax { get; init; } = new(1L << 30);

    /// <summary>What happens to a NULL for a NOT NULL column of a sink. Default ERROR.</summary>
    [Option("table.exec.sink.not-null-enforcer")]
    public NotNullEnforcement NotNullEnforcer { get; init; } = NotNullEnforcement.Error;
}
