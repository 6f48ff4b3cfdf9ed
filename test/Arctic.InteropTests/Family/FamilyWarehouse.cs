using System.Globalization;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.InteropTests.Family;

/// <summary>
/// The generated tables, written once for the tests of a class: 40 of one seed in an ordinary run. By hand <c>ARCTIC_FAMILY_TABLES</c> says how many and
/// <c>ARCTIC_FAMILY_SEED</c> of which seed; with <c>ARCTIC_FAMILY_FOLDER</c> they are made in that folder and left there.
/// </summary>
public sealed class FamilyWarehouse : IAsyncLifetime
{
    internal static int Seed { get; } = ReadNumber("ARCTIC_FAMILY_SEED") ?? 1;

    private static string? Kept { get; } = Environment.GetEnvironmentVariable("ARCTIC_FAMILY_FOLDER");

    internal static int Count { get; } = ReadNumber("ARCTIC_FAMILY_TABLES") ?? 40;

    /// <summary>The warehouse's folder.</summary>
    internal string Root { get; } = Kept ?? Directory.CreateTempSubdirectory("arctic-family-").FullName;

    internal List<FamilyTable> Tables { get; } = [];

    internal string FolderOf(FamilyTable table) => Path.Combine(Root, "db", table.Plan.Name);

    public async ValueTask InitializeAsync()
    {
        var environment = new CommitEnvironment(TimeProvider.System, new Random(Seed));
        var catalog = new FileSystemCatalog("family", Root, new LocalObjectStore(), environment);
        await catalog.CreateNamespaceAsync(new Namespace("db"), new Dictionary<string, string>(), default);
        for (var i = 0; i < Count; i++)
        {
            // In an ordinary run spread over the whole plan; with many tables each once.
            var plan = new FamilyPlan(Count >= 400 ? i : i * 13, Seed);
            try
            {
                Tables.Add(await FamilyTable.CreateAsync(plan, catalog));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Cannot make {plan}: {e.Message}", e);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        if (Kept is null)
        {
            Directory.Delete(Root, recursive: true);
        }

        return ValueTask.CompletedTask;
    }

    private static int? ReadNumber(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
