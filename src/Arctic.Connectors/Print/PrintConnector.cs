using Arctic.Columnar.Options;
using Arctic.Dataflow.Connectors;

namespace Arctic.Connectors.Print;

/// <summary>Writes every row as a line of text, as Flink prints it.</summary>
/// <param name="standardOutput">Where lines go.</param>
/// <param name="standardError">Where they go when <c>standard-error</c> is set.</param>
internal sealed class PrintConnector(TextWriter standardOutput, TextWriter standardError) : ISinkConnector
{
    public string Name => "print";

    public ISink CreateSink(TableConnectorContext context)
    {
        var options = ConnectorOptions.Read<PrintOptions>(context);
        ConnectorOptions.RequirePositive(options.Parallelism, PrintOptions.ParallelismKey, context);
        return new PrintSink(context.Schema, options, options.StandardError ? standardError : standardOutput);
    }
}

/// <summary>Options of the connector <c>print</c>.</summary>
internal sealed record PrintOptions
{
    public const string ParallelismKey = "sink.parallelism";

    /// <summary>A text before every line: <c>id&gt; +I[1, a]</c>, or <c>id:2&gt; +I[1, a]</c> when several tasks write.</summary>
    [Option("print-identifier")]
    public string? Identifier { get; init; }

    /// <summary>Whether lines go to the standard error instead of the standard output. Default false.</summary>
    [Option("standard-error")]
    public bool StandardError { get; init; }

    /// <summary>The number of tasks that write; by default that of the job.</summary>
    [Option(ParallelismKey)]
    public int? Parallelism { get; init; }
}
