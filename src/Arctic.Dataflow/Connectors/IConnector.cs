using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Storage.ObjectStores;

namespace Arctic.Dataflow.Connectors;

/// <summary>
/// A kind of table that <c>WITH ('connector' = …)</c> names. What it can do are the further interfaces that it implements: <see cref="ISourceConnector"/>,
/// <see cref="ISinkConnector"/>. Stateless and thread-safe.
/// </summary>
public interface IConnector
{
    /// <summary>The value of the option <c>connector</c>, in lower case.</summary>
    string Name { get; }
}

/// <summary>The ability of a connector to be read.</summary>
public interface ISourceConnector : IConnector
{
    /// <summary>Makes the source of a table; touches neither network nor files, so that a statement can be planned without them.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>: an option is unknown, missing or has a bad value; <see cref="ErrorCodes.Unsupported"/>: a column's type.</exception>
    ISource CreateSource(TableConnectorContext context);
}

/// <summary>The ability of a connector to be written.</summary>
public interface ISinkConnector : IConnector
{
    /// <summary>Makes the sink of a table; touches neither network nor files.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>: an option is unknown, missing or has a bad value; <see cref="ErrorCodes.Unsupported"/>: a column's type.</exception>
    ISink CreateSink(TableConnectorContext context);
}

/// <summary>The table that a connector makes a source or sink of.</summary>
public sealed record TableConnectorContext
{
    /// <summary>The full name, for messages: <c>shop.orders</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What a scan gives or a sink takes.</summary>
    public required RowSchema Schema { get; init; }

    /// <summary>The columns of the primary key; empty for a table without one.</summary>
    public IReadOnlyList<string> PrimaryKey { get; init; } = [];

    /// <summary>The WITH clause with hints over it, <c>connector</c> included.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    /// <summary>Where files are.</summary>
    public required IObjectStore ObjectStore { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The table in messages: <c>table 'shop.orders'</c>.</summary>
    public string Subject => $"table '{Name}'";
}
