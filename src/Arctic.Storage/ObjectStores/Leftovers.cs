using Arctic.Columnar.Errors;

namespace Arctic.Storage.ObjectStores;

/// <summary>Cleaning up beside what counts.</summary>
internal static class Leftovers
{
    /// <summary>
    /// Deletes files that nobody names, each as far as the store lets it: what is being told meanwhile, an error or a success, must not be lost for that. Files that stay only take space, and the
    /// removal of orphans finds them. Is not cancelled: who cleans up has often been cancelled before.
    /// </summary>
    public static async ValueTask DeleteLeftoversAsync(this IObjectStore store, IEnumerable<string> locations)
    {
        foreach (var location in locations)
        {
            try
            {
                await store.DeleteAsync(location, CancellationToken.None).ConfigureAwait(false);
            }
            catch (ArcticException)
            {
                // As promised above.
            }
        }
    }
}
