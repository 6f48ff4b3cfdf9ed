using Arctic.Catalog;
using Arctic.Columnar.Errors;
using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;

namespace Arctic.Statements;

/// <summary>CREATE, DROP and USE of catalogs and databases.</summary>
internal sealed class CatalogStatements(SessionContext context)
{
    public async Task<QueryResult> RunAsync(Statement statement, CancellationToken cancellationToken)
    {
        switch (statement)
        {
            case Statement.CreateCatalog create:
                CreateCatalog(create);
                break;
            case Statement.AlterCatalog alter:
                AlterCatalog(alter);
                break;
            case Statement.DropCatalog drop:
                if (!(drop.IfExists && context.Catalogs.Find(drop.Name.Name) is null))
                {
                    context.Catalogs.Remove(drop.Name.Name);
                }

                break;
            case Statement.UseCatalog use:
                context.Catalogs.UseCatalog(use.Name);
                break;
            case Statement.CreateDatabase create:
                await CreateDatabaseAsync(create, cancellationToken).ConfigureAwait(false);
                break;
            case Statement.AlterDatabase alter:
                var path = context.Catalogs.ResolveDatabase(alter.Name);
                await context.Catalogs.Get(path.Catalog, alter.Name.Position).AlterDatabaseAsync(path.Database, OptionsOf(alter.Change.Set), cancellationToken).ConfigureAwait(false);
                break;
            case Statement.DropDatabase drop:
                await DropDatabaseAsync(drop, cancellationToken).ConfigureAwait(false);
                break;
            case Statement.UseDatabase use:
                await context.Catalogs.UseDatabaseAsync(use.Name, cancellationToken).ConfigureAwait(false);
                break;
        }

        return Listing.Ok;
    }

    private static TableOptions OptionsOf(IEnumerable<OptionPair> pairs) => new(pairs.Select(o => KeyValuePair.Create(o.Key, o.Value)));

    private void CreateCatalog(Statement.CreateCatalog create)
    {
        if (!(create.IfNotExists && context.Catalogs.Find(create.Name.Name) is not null))
        {
            var definition = new CatalogDefinition(create.Name.Name, OptionsOf(create.Options)) { Comment = create.Comment };
            context.Catalogs.Add(CatalogFactory.Create(definition, create.Position, context), definition);
        }
    }

    // The catalog is opened anew as its options are now. One in memory is what it holds, so that it stays.
    private void AlterCatalog(Statement.AlterCatalog alter)
    {
        var before = context.Catalogs.GetDefinition(alter.Name.Name, alter.Name.Position);
        if (alter.Change.Reset.Contains("type") || alter.Change.Set.Any(o => o.Key == "type" && o.Value != before.Options.Find("type")))
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot alter catalog '{before.Name}': the option 'type' says what it is, and stays.") { Position = alter.Position };
        }

        var options = before.Options.Overlaid(OptionsOf(alter.Change.Set)).Where(o => !alter.Change.Reset.Contains(o.Key));
        var after = new CatalogDefinition(before.Name, new TableOptions(options)) { Comment = alter.Change.Comment ?? before.Comment };
        var current = context.Catalogs.Get(before.Name, alter.Name.Position);
        context.Catalogs.Replace(current is MemoryCatalog || after.Options.Equals(before.Options) ? current : CatalogFactory.Create(after, alter.Position, context), after);
    }

    private async Task CreateDatabaseAsync(Statement.CreateDatabase create, CancellationToken cancellationToken)
    {
        var path = context.Catalogs.ResolveDatabase(create.Name);
        var catalog = context.Catalogs.Get(path.Catalog, create.Name.Position);
        if (create.IfNotExists && await catalog.HasDatabaseAsync(path.Database, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        try
        {
            await catalog.CreateDatabaseAsync(
                new DatabaseDefinition(path.Database, create.Comment, OptionsOf(create.Options)), cancellationToken).ConfigureAwait(false);
        }
        catch (ArcticException error) when (create.IfNotExists && error.Code == ErrorCodes.AlreadyExists)
        {
            // Another session was faster.
        }
    }

    private async Task DropDatabaseAsync(Statement.DropDatabase drop, CancellationToken cancellationToken)
    {
        var path = context.Catalogs.ResolveDatabase(drop.Name);
        var catalog = context.Catalogs.Get(path.Catalog, drop.Name.Position);
        if (drop.IfExists && !await catalog.HasDatabaseAsync(path.Database, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        if (path == context.Catalogs.Current)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot drop the database '{path}': it is the current one.") { Hint = "USE another database first.", Position = drop.Position };
        }

        await catalog.DropDatabaseAsync(path.Database, drop.Behavior, cancellationToken).ConfigureAwait(false);
    }
}
