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
}
