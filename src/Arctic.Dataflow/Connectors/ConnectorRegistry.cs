using Arctic.Columnar.Errors;

namespace Arctic.Dataflow.Connectors;

/// <summary>The connectors that a session knows. Immutable.</summary>
public sealed class ConnectorRegistry
{
    private readonly SortedDictionary<string, IConnector> _connectors = new(StringComparer.Ordinal);

    /// <summary>Makes a registry; of two connectors of one name the later counts.</summary>
    public ConnectorRegistry(IEnumerable<IConnector> connectors)
    {
        foreach (var connector in connectors)
        {
            _connectors[connector.Name] = connector;
        }
    }

    /// <summary>The connectors, in the order of their names.</summary>
    public IReadOnlyCollection<IConnector> Connectors => _connectors.Values;

    /// <summary>This registry with more connectors, which replace those of their names.</summary>
    public ConnectorRegistry With(params IEnumerable<IConnector> connectors) => new(Connectors.Concat(connectors));

    /// <summary>The connector of that name.</summary>
    /// <param name="context">Whose connector it is, for messages: <c>table 'shop.orders'</c>.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>: there is none; the message lists those there are and the hint suggests one.</exception>
    public IConnector Find(string name, string context) => _connectors.TryGetValue(name, out var connector)
        ? connector
        : throw new ArcticException(ErrorCodes.InvalidOption, $"Unknown connector '{name}' for {context}. Available connectors: {ListOf(Connectors)}.")
        {
            Hint = NameSuggestion.For(name, _connectors.Keys),
        };

    /// <summary>The connector of that name, to read from.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>: there is none, or it can only be written.</exception>
    public ISourceConnector FindSource(string name, string context) => Find(name, context) as ISourceConnector
        ?? throw new ArcticException(
            ErrorCodes.InvalidOption,
            $"Cannot read {context}: its connector '{name}' can only be written. Connectors that can be read: {ListOf(Connectors.OfType<ISourceConnector>())}.");

    /// <summary>The connector of that name, to write to.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>: there is none, or it can only be read.</exception>
    public ISinkConnector FindSink(string name, string context) => Find(name, context) as ISinkConnector
        ?? throw new ArcticException(
            ErrorCodes.InvalidOption,
            $"Cannot write {context}: its connector '{name}' can only be read. Connectors that can be written: {ListOf(Connectors.OfType<ISinkConnector>())}.");

    private static string ListOf(IEnumerable<IConnector> connectors) => string.Join(", ", connectors.Select(c => c.Name));
}
