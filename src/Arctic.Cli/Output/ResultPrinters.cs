using System.Diagnostics;

namespace Arctic.Cli.Output;

/// <summary>Chooses how a result is printed.</summary>
internal static class ResultPrinters
{
    /// <summary>A printer for <c>table</c>, <c>json</c> or <c>csv</c>.</summary>
    /// <param name="clock">Runs since the statement started, for the foot of a table; null leaves the time out.</param>
    public static IResultPrinter Create(string output, QueryResult result, Session session, StandardOutput target, Stopwatch? clock) => output switch
    {
        "json" => new JsonPrinter(result, target),
        "csv" => new CsvPrinter(result, target),
        _ when result.Kind == ResultKind.Listing && result.Schema.Fields is [{ Name: "result" }] => new TextPrinter(target),
        _ => new TableauPrinter(result, session, target, clock),
    };

    /// <summary>Prints a result that ends by itself.</summary>
    public static async Task PrintAsync(QueryResult result, IResultPrinter printer, StandardOutput target, CancellationToken cancellationToken)
    {
        printer.Begin();
        await foreach (var batch in result.ReadAsync(cancellationToken))
        {
            printer.Write(batch);
        }

        printer.End(isInterrupted: false);
        target.Flush();
    }
}
