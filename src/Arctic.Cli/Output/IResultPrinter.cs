using Arctic.Columnar;

namespace Arctic.Cli.Output;

/// <summary>Writes one result to stdout: its head, its batches as they come, its foot.</summary>
internal interface IResultPrinter
{
    /// <summary>Called once, before the first batch.</summary>
    void Begin();

    /// <summary>Writes the rows of a batch; the caller disposes it.</summary>
    void Write(ChangeBatch batch);

    /// <summary>Called once, after the last batch or when the result was interrupted.</summary>
    void End(bool isInterrupted);
}
