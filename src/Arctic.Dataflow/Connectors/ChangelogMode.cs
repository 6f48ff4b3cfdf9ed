using Arctic.Columnar;

namespace Arctic.Dataflow.Connectors;

/// <summary>The row kinds that a source may emit or a sink takes.</summary>
[Flags]
public enum ChangelogMode
{
    /// <summary>No kind.</summary>
    None = 0,

    /// <summary><c>+I</c>.</summary>
    Insert = 1 << RowKind.Insert,

    /// <summary><c>-U</c>.</summary>
    UpdateBefore = 1 << RowKind.UpdateBefore,

    /// <summary><c>+U</c>.</summary>
    UpdateAfter = 1 << RowKind.UpdateAfter,

    /// <summary><c>-D</c>.</summary>
    Delete = 1 << RowKind.Delete,

    /// <summary>Every kind but <c>-U</c>: the newest row a key is enough.</summary>
    Upsert = Insert | UpdateAfter | Delete,

    /// <summary>Every kind.</summary>
    All = Insert | UpdateBefore | UpdateAfter | Delete,
}
