using System.Runtime.ExceptionServices;

namespace Arctic.Dataflow.Runtime;

/// <summary>Closes many things, of which each may fail.</summary>
internal static class Disposing
{
    /// <summary>Closes all of them, one after the other, whatever goes wrong, so that nobody's memory or files stay behind; then throws the first error there was.</summary>
    public static async ValueTask DisposeAllAsync(this IEnumerable<IAsyncDisposable?> parts)
    {
        ExceptionDispatchInfo? first = null;
        foreach (var part in parts)
        {
            try
            {
                if (part is not null)
                {
                    await part.DisposeAsync().ConfigureAwait(false);
                }
            }
            catch (Exception error)
            {
                first ??= ExceptionDispatchInfo.Capture(error);
            }
        }

        first?.Throw();
    }

    /// <summary>
    /// Runs something with a part and closes the part behind it. What goes wrong first is what is thrown: when the run has failed, a failure to close is only told, so that it does not stand
    /// in for its cause.
    /// </summary>
    /// <param name="tell">Takes the failure that is not thrown.</param>
    public static async Task<T> CloseBehindAsync<T>(this IAsyncDisposable part, Func<Task<T>> run, Action<Exception> tell)
    {
        T result;
        try
        {
            result = await run().ConfigureAwait(false);
        }
        catch
        {
            try
            {
                await part.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception error)
            {
                tell(error);
            }

            throw;
        }

        await part.DisposeAsync().ConfigureAwait(false);
        return result;
    }
}
