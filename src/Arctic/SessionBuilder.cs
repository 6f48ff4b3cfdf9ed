using Arctic.Dataflow.Connectors;
using Arctic.Storage.ObjectStores;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Arctic;

/// <summary>Puts a <see cref="Session"/> together. Every part has a default that works alone on one machine.</summary>
public sealed class SessionBuilder
{
    /// <summary>Options as SET takes them; what RESET goes back to.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>Where jobs and statements log.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The source of names that must differ; null takes the system's entropy. A seeded one is for tests: two processes with one seed write over each other's files.</summary>
    public Random? Random { get; init; }

    /// <summary>Where files are; null takes local disk, memory and S3 (options <c>s3.…</c>), by scheme.</summary>
    public IObjectStore? ObjectStore { get; init; }

    /// <summary>Where the <c>print</c> connector writes; stdout by default.</summary>
    public TextWriter PrintOutput { get; init; } = Console.Out;

    /// <summary>Connectors beside the built-in ones; one of the same name replaces it.</summary>
    public IReadOnlyList<IConnector> Connectors { get; init; } = [];

    /// <summary>Wraps every source before a job reads it; for tests that decide when rows come.</summary>
    internal Func<ISource, ISource>? SourceDecorator { get; init; }

    /// <summary>Makes the session.</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>INVALID_OPTION</c>.</exception>
    public Session Build() => new(this);
}
