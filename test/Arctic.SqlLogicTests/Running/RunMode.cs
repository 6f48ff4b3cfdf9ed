namespace Arctic.SqlLogicTests.Running;

/// <summary>How a case file is run; the answers must be the same.</summary>
internal enum RunMode
{
    /// <summary>Bounded.</summary>
    Batch,

    /// <summary>As a changelog, whose changes are applied.</summary>
    Streaming,

    /// <summary>As a changelog with three subtasks a vertex.</summary>
    Parallel,

    /// <summary>As a changelog; every job is killed behind a checkpoint halfway, and goes on from it with another parallelism.</summary>
    Restore,
}
