using Arctic.Dataflow.Connectors;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Changelog;

/// <summary>What planning must know of the sources and sinks behind tables; the session asks its connectors and catalogs.</summary>
internal interface IConnectorTraits
{
    /// <summary>Whether the scan ends by itself.</summary>
    bool IsBounded(LogicalPlan.Scan scan);

    /// <summary>The kinds of rows that the scan gives.</summary>
    ChangelogMode SourceMode(LogicalPlan.Scan scan);

    /// <summary>The kinds of rows that the sink takes.</summary>
    ChangelogMode SinkMode(LogicalPlan.Sink sink);
}
