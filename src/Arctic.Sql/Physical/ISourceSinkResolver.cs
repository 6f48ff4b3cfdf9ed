using Arctic.Columnar.Errors;
using Arctic.Dataflow.Connectors;
using Arctic.Sql.Changelog;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Physical;

/// <summary>Finds the connectors behind tables, and what planning must know of them; the session implements it. Touches neither network nor files beyond what pinning a snapshot needs.</summary>
internal interface ISourceSinkResolver : IConnectorTraits
{
    /// <summary>The source of a scan: its batches have the scan's columns, in order. It may use the scan's predicate and row limit to read less.</summary>
    /// <exception cref="ArcticException">The table cannot be read, or an option of it is wrong.</exception>
    ISource CreateSource(LogicalPlan.Scan scan);

    /// <summary>The source of a table that rows are looked up in: all of its rows by primary key, then its changes, whatever the statement's mode.</summary>
    /// <exception cref="ArcticException">The table cannot be looked up in, or an option of it is wrong.</exception>
    ISource CreateLookup(LogicalPlan.Scan scan);

    /// <summary>The sink of an INSERT: it takes the columns of the sink's input, in order.</summary>
    /// <exception cref="ArcticException">The table cannot be written, or an option of it is wrong.</exception>
    ISink CreateSink(LogicalPlan.Sink sink);
}
