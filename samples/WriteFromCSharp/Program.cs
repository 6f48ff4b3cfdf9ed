using Arctic.Iceberg;

await using var catalog = IcebergCatalog.OpenFileSystem("warehouse");
var orders = await catalog.CreateTableIfNotExistsAsync<Order>("shop.orders");
await orders.AppendAsync([new Order(1, "ann", 9.95m), new Order(2, "bob", 12m)]);
await foreach (var order in orders.ReadAsync<Order>(o => o.Amount > 10m))
{
    Console.WriteLine(order);
}

record Order(long Id, string Customer, decimal Amount);
