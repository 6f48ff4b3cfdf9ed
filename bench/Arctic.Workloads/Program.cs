using Arctic.Workloads;

if (args is not [var name, ..] || Workloads.Find(name) is not { } workload)
{
    Console.Error.WriteLine($"usage: dotnet run -c Release --project bench/Arctic.Workloads -- NAME [--rows N] [--runs N] [--kills N] [--seconds N] [--seed N] [--folder PATH]\nworkloads: {string.Join(", ", Workloads.Names)}");
    return 2;
}

await workload(WorkloadOptions.Parse(args[1..]));
return 0;
